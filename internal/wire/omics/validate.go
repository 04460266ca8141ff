package omics

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// rule is what the model says of a string shape. Lengths are Unicode code
// points; a zero bound is none (no string shape has a maximum of zero).
type rule struct {
	min, max int
	pattern  string            // as the model writes it, for messages
	matches  func(string) bool // whether a whole value satisfies it; nil without a pattern
	values   []string          // of an enum; nil for any other string
}

func newRule(min, max int, pattern string) rule {
	if pattern == "" {
		return rule{min: min, max: max}
	}
	return rule{min: min, max: max, pattern: pattern, matches: whole(pattern)}
}

// enum is a string type with a closed set of values.
type enum interface {
	~string
	values() []string
}

func enumRule[E enum]() rule {
	var e E
	return rule{values: e.values()}
}

// whole compiles a pattern when it is first matched: all of them take longer than the rest of a program's start, and
// most programs need none.
func whole(pattern string) func(string) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A(?:` + pattern + `)\z`) })
	return func(s string) bool { return compiled().MatchString(s) }
}

// The patterns that several shapes share.
const (
	printable = `[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+`
	digits    = `[0-9]+`
)

// The string shapes of the model that requests use, by shape name.
var (
	ruleArn                  = newRule(20, 2048, `arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*)`)
	ruleAnnotationField      = newRule(1, 21, "") // AnnotationFieldMapKeyString and ...ValueString
	ruleChar                 = newRule(1, 1, "")  // CommentChar, EscapeChar, Quote
	ruleChars                = newRule(1, 20, "") // Encoding, LineSep, Separator
	ruleClientToken          = newRule(1, 127, printable)
	ruleDescription          = newRule(0, 500, "")
	ruleFormatToHeaderValue  = newRule(0, 1000, "")
	ruleID                   = newRule(10, 36, digits) // ReferenceStoreId, ReferenceId, ImportJobId
	ruleMd5                  = newRule(1, 255, `[\p{L}||\p{N}]+`)
	ruleNextToken            = newRule(1, 10000, "")
	ruleReferenceArn         = newRule(1, 127, `arn:.+`)
	ruleReferenceDescription = newRule(1, 255, printable)
	ruleReferenceName        = newRule(3, 255, printable)
	ruleReferenceNextToken   = newRule(1, 6144, printable)
	ruleReferenceStoreName   = newRule(1, 127, printable)
	ruleResourceID           = newRule(0, 0, `[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`)
	ruleResourceIdentifier   = newRule(1, 50, "")
	ruleRoleArn              = newRule(20, 2048, `arn:.*`)
	ruleSchemaKey            = newRule(0, 0, `[a-z0-9_]{1,255}`)
	ruleShareName            = newRule(1, 256, `[a-zA-Z0-9_-]+`)
	ruleSseKeyArn            = newRule(20, 2048, `.*arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*).*`)
	ruleStoreName            = newRule(3, 255, `([a-z]){1}([a-z0-9_]){2,254}`) // VersionName too
	ruleString               = newRule(0, 0, "")
	ruleTagArn               = newRule(1, 150, `arn:.+`)
	ruleTagKey               = newRule(1, 128, "")
	ruleTagValue             = newRule(0, 256, "")

	ruleS3Uri = rule{pattern: `s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024})`, matches: isS3Uri}

	// The model's pattern has no letters, so it refuses the "bytes=0-9" that
	// HTTP asks for; both that and the bare "0-9" pass here.
	ruleRange = rule{min: 1, max: 127, pattern: `[\p{N}||\p{P}]+`, matches: whole(`(?:bytes=)?[\p{N}|\p{P}]+`)}

	ruleEncryptionType    = enumRule[EncryptionType]()
	ruleFormatToHeaderKey = enumRule[FormatToHeaderKey]()
	ruleResourceOwner     = enumRule[ResourceOwner]()
	ruleSchemaValueType   = enumRule[SchemaValueType]()
	ruleShareResourceType = enumRule[ShareResourceType]()
	ruleShareStatus       = enumRule[ShareStatus]()
	ruleStoreFormat       = enumRule[StoreFormat]()
)

var s3Bucket = regexp.MustCompile(`\As3://[a-z0-9][a-z0-9-.]{1,61}[a-z0-9]/`)

// isS3Uri matches the key by hand: Go's regexp repeats no more than 1,000
// times, and takes half a second for the thousand longest keys of a job.
func isS3Uri(s string) bool {
	key := s[len(s3Bucket.FindString(s)):]
	n := utf8.RuneCountInString(key)
	return len(key) < len(s) && 1 <= n && n <= 1024 && !strings.Contains(key, "\n")
}

const (
	maxPageSize  = 100
	maxListed    = 20  // violations spelled out in one message; all are counted
	maxEchoRunes = 512 // of a refused value repeated in the message
	maxTags      = 50
)

// violations gathers what is wrong with one request.
type violations struct {
	total  int
	listed []string
	found  []Violation // as many as are listed, but for those that are not about a value
}

func (v *violations) add(value, path, constraint string) {
	if len(v.listed) < maxListed {
		v.found = append(v.found, Violation{path, value, constraint})
	}
	v.addf("Value %s at '%s' failed to satisfy constraint: %s", value, path, constraint)
}

func (v *violations) addf(format string, args ...any) {
	v.total++
	if len(v.listed) < maxListed {
		v.listed = append(v.listed, fmt.Sprintf(format, args...))
	}
}

// err is nil or one ValidationException that names the violations.
func (v *violations) err() error {
	if v.total == 0 {
		return nil
	}
	text := "1 validation error detected: %s"
	if v.total > 1 {
		text = strconv.Itoa(v.total) + " validation errors detected: %s"
	}
	err := Validation(text, strings.Join(v.listed, "; "))
	err.Violations = v.found
	return err
}

func (v *violations) null(path string) { v.add("null", path, "Member must not be null") }

// required checks a string that must be there.
func (v *violations) required(path, s string, r rule) {
	if s == "" {
		v.null(path)
		return
	}
	v.text(path, s, r)
}

// optional checks a string that may be left out.
func (v *violations) optional(path string, s *string, r rule) {
	if s != nil {
		v.text(path, *s, r)
	}
}

func (v *violations) text(path, s string, r rule) {
	for _, c := range r.broken(s) {
		v.add(quote(s), path, c)
	}
}

// broken names the constraints that s fails, the longest length first as AWS
// orders them.
func (r rule) broken(s string) []string {
	var list []string
	n := utf8.RuneCountInString(s)
	if r.max > 0 && n > r.max {
		list = append(list, r.longest())
	}
	if n < r.min {
		list = append(list, r.shortest())
	}
	if r.matches != nil && !r.matches(s) {
		list = append(list, r.patterned())
	}
	if r.values != nil && !slices.Contains(r.values, s) {
		list = append(list, r.valued())
	}
	return list
}

// constraints names everything that the rule asks for, in the order of broken.
func (r rule) constraints() string {
	var list []string
	if r.max > 0 {
		list = append(list, r.longest(), r.shortest())
	}
	if r.matches != nil {
		list = append(list, r.patterned())
	}
	if r.values != nil {
		list = append(list, r.valued())
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func (r rule) longest() string {
	return "Member must have length less than or equal to " + strconv.Itoa(r.max)
}

func (r rule) shortest() string {
	return "Member must have length greater than or equal to " + strconv.Itoa(r.min)
}

func (r rule) patterned() string {
	return "Member must satisfy regular expression pattern: " + r.pattern
}

func (r rule) valued() string {
	return "Member must satisfy enum value set: [" + strings.Join(r.values, ", ") + "]"
}

// each checks the members of a list of strings, reported together at the
// list as AWS does.
func each[S ~string](v *violations, path string, list []S, r rule) {
	for _, s := range list {
		if len(r.broken(string(s))) > 0 {
			v.add(quoteList(list), path, "Member must satisfy constraint: "+r.constraints())
			return
		}
	}
}

// pairs checks the keys and values of a map of strings.
func pairs[K, V ~string](v *violations, path string, m map[K]V, key, value rule) {
	var badKey, badValue bool
	for k, s := range m {
		badKey = badKey || len(key.broken(string(k))) > 0
		badValue = badValue || len(value.broken(string(s))) > 0
	}
	if badKey {
		v.add(quoteMap(m), path, "Map keys must satisfy constraint: "+key.constraints())
	}
	if badValue {
		v.add(quoteMap(m), path, "Map value must satisfy constraint: "+value.constraints())
	}
}

// size checks the number of members of a list or map.
func (v *violations) size(path string, n, min, max int) {
	r := rule{min: min, max: max}
	if max > 0 && n > max {
		v.add(quote(strconv.Itoa(n)+" members"), path, r.longest())
	}
	if n < min {
		v.add("'[]'", path, r.shortest())
	}
}

// integer checks a number that may be left out.
func (v *violations) integer(path string, n *int, min, max int) {
	if n == nil {
		return
	}
	if *n > max {
		v.add(quote(strconv.Itoa(*n)), path, "Member must have value less than or equal to "+strconv.Itoa(max))
	}
	if *n < min {
		v.add(quote(strconv.Itoa(*n)), path, "Member must have value greater than or equal to "+strconv.Itoa(min))
	}
}

// page checks the members that every List operation has.
func (v *violations) page(maxResults *int, nextToken *string, r rule) {
	v.integer("maxResults", maxResults, 1, maxPageSize)
	v.optional("nextToken", nextToken, r)
}

// oneOf checks an enum member that may be left out.
func oneOf[E enum](v *violations, path string, e *E) {
	if e != nil {
		v.text(path, string(*e), enumRule[E]())
	}
}

// choice is a member of a union.
type choice struct {
	name string
	set  bool
}

// union checks that exactly one member is set.
func (v *violations) union(path string, choices ...choice) {
	var all, set []string
	for _, c := range choices {
		all = append(all, c.name)
		if c.set {
			set = append(set, c.name)
		}
	}
	if len(set) != 1 {
		v.add("'{"+strings.Join(set, ", ")+"}'", path, "Member must have exactly one member of the union set: ["+
			strings.Join(all, ", ")+"]")
	}
}

// tags checks the tags of a resource. The prefix aws: is kept for AWS's own.
func (v *violations) tags(path string, m TagMap) {
	pairs(v, path, m, ruleTagKey, ruleTagValue)
	for k := range m {
		if reservedTag(k) {
			v.add(quoteMap(m), path, reservedTagConstraint)
			return
		}
	}
}

const reservedTagConstraint = "Map keys must not begin with the reserved prefix aws:"

func reservedTag(key string) bool {
	return len(key) >= 4 && strings.EqualFold(key[:4], "aws:")
}

func (v *violations) sse(c *SseConfig) {
	if c == nil {
		return
	}
	v.required("sseConfig.type", string(c.Type), ruleEncryptionType)
	v.optional("sseConfig.keyArn", c.KeyArn, ruleSseKeyArn)
}

// quote shows a refused value, cut so that a message stays readable.
func quote(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxEchoRunes {
			return "'" + s[:i] + "...'"
		}
	}
	return "'" + s + "'"
}

// quoteList stops early too: a list may have as many members as a body holds.
func quoteList[S ~string](list []S) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(s))
		if b.Len() > 4*maxEchoRunes {
			break
		}
	}
	b.WriteByte(']')
	return quote(b.String())
}

func quoteMap[K, V ~string](m map[K]V) string {
	keys := slices.Sorted(maps.Keys(m))
	var b strings.Builder
	b.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(k) + "=" + string(m[k]))
		if b.Len() > 4*maxEchoRunes {
			break
		}
	}
	b.WriteByte('}')
	return quote(b.String())
}
