package annot

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Bounds of column 9. The largest lines of real files hold some dozens of attributes.
const (
	maxAttributes = 10_000 // of a line
	maxListed     = 65_536 // values of a line's lists
	maxTagBytes   = 1024
	maxTags       = 20_000 // different tags remembered
)

// kind is what a tag means.
type kind uint8

// The tags with a meaning (GFF3 1.26, "Description of the Format", column 9).
const (
	unofficial kind = iota
	tagAlias
	tagParent
	tagNote
	tagDbxref
	tagOntologyTerm
	tagID // this and the following hold a single value
	tagName
	tagTarget
	tagGap
	tagDerivesFrom
	tagIsCircular
	kinds
)

var official = map[string]struct {
	kind kind
	tag  string // the specification's spelling
}{
	"id": {tagID, "ID"}, "name": {tagName, "Name"}, "alias": {tagAlias, "Alias"}, "parent": {tagParent, "Parent"},
	"target": {tagTarget, "Target"}, "gap": {tagGap, "Gap"}, "derivesfrom": {tagDerivesFrom, "Derives_from"},
	"note": {tagNote, "Note"}, "dbxref": {tagDbxref, "Dbxref"}, "ontologyterm": {tagOntologyTerm, "Ontology_term"},
	"iscircular": {tagIsCircular, "Is_circular"},
}

// tag is a tag as files spell it.
type tag struct {
	raw   string // as in the file
	text  string // decoded
	kind  kind
	exact bool // official and spelled as in the specification
	key   *key
	next  *tag // the one that came behind it last, which mostly does again
}

// key is a key of the information map, and what the line at hand has for it.
type key struct {
	name  []byte // lower case
	stamp uint64 // of the last line with it
	index int    // in Feature.Information
	merge
}

// merge chains the values of a tag given more than once, but for the first.
type merge struct{ first, last int32 } // in attributes.pieces; 0 is none

// piece is a value to be joined to the one before.
type piece struct {
	value []byte
	next  int32
}

// attributes reads column 9 into a Feature.
type attributes struct {
	f    *Feature
	line int64

	tags    map[string]*tag // by the text in the file
	before  *tag            // the one before
	head    *tag            // stands before the first
	keys    map[string]*key
	stamp   uint64
	escapes bool   // the column may hold some
	alone   bool   // it has no semicolon
	buf     []byte // decoded and joined values of the line
	pieces  []piece
	merged  []*key // those of the line with pieces
	alias   merge
	listed  int
	holder  [kinds]*tag   // which tag gave a single value
	held    [kinds][]byte // and its value
}

func (a *attributes) init() {
	a.tags, a.keys, a.head = make(map[string]*tag), make(map[string]*key), &tag{}
}

// reset prepares for a line. Values handed out before may be overwritten.
func (a *attributes) reset(f *Feature, line int64) {
	a.f, a.line = f, line
	a.stamp++
	a.buf, a.pieces, a.merged = a.buf[:0], append(a.pieces[:0], piece{}), a.merged[:0]
	a.alias, a.listed = merge{}, 0
	clear(a.holder[:])
	a.before = a.head
	if len(a.tags) > maxTags {
		clear(a.tags)
		clear(a.keys)
		a.head.next = nil
	}
}

func (a *attributes) fail(tag string, value []byte, reason string) error {
	return fail(a.line, "attributes/"+tag, value, reason)
}

// parse reads column 9: tag=value, separated by semicolons; "." or nothing for
// none. Tags with a meaning are matched without regard to case and underscores, as
// Glow does. Where a line has such a tag in two spellings and one value is meant,
// the specification's spelling is taken and the other is an unofficial tag, since
// by the specification tags that begin in lower case are free.
func (a *attributes) parse(text []byte) error {
	if isDot(text) {
		return nil
	}
	count := 0
	a.escapes, a.alone = bytes.IndexByte(text, '%') >= 0, bytes.IndexByte(text, ';') < 0
	for len(text) > 0 {
		part := text
		if i := bytes.IndexByte(text, ';'); i >= 0 {
			part, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if part = trimBlanks(part); len(part) == 0 {
			continue
		}
		if count++; count > maxAttributes {
			return fail(a.line, "attributes", nil, "the line has more than 10000 attributes")
		}
		if err := a.attribute(part); err != nil {
			return err
		}
	}
	a.join()
	if t := a.holder[tagIsCircular]; t != nil { // only now is it known which spelling counts
		return a.circular(t, a.held[tagIsCircular])
	}
	return nil
}

// attribute reads one tag=value.
func (a *attributes) attribute(part []byte) error {
	t := a.before.next
	if t == nil || len(part) <= len(t.raw) || part[len(t.raw)] != '=' || string(part[:len(t.raw)]) != t.raw {
		var err error
		if t, err = a.tag(part); err != nil {
			return err
		}
		a.before.next = t
	}
	a.before = t
	// The tag found by tag may stand after blanks and before more of them.
	i := len(t.raw)
	if part[i] != '=' {
		i += bytes.IndexByte(part[i:], '=')
	}
	value := trimBlanks(part[i+1:])
	if len(value) > maxValueBytes {
		return a.fail(t.raw, value, tooLong)
	}
	return a.store(t, value)
}

// tag finds the tag of an attribute.
func (a *attributes) tag(part []byte) (*tag, error) {
	i := bytes.IndexByte(part, '=')
	name := part
	if i >= 0 {
		name = trimBlanks(part[:i])
	}
	switch {
	case isGTF(name):
		return nil, fail(a.line, "attributes", part,
			"is an attribute of GTF or GFF2, where the file must be GFF3, tag=value"+convertGTF)
	case i < 0 && a.alone:
		return nil, fail(a.line, "attributes", part,
			"is not an attribute tag=value, as GFF3 has it; GTF and GFF2 write others"+convertGTF)
	case i < 0:
		return nil, fail(a.line, "attributes", part,
			"is not an attribute tag=value; a semicolon within a value is written %3B")
	case len(name) == 0:
		return nil, fail(a.line, "attributes", part, "has no tag before '='")
	case len(name) > maxTagBytes:
		return nil, fail(a.line, "attributes", part, "has a tag longer than 1024 bytes")
	}
	t := a.tags[string(name)]
	if t == nil {
		if t = a.newTag(name); t == nil {
			return nil, fail(a.line, "attributes", name, notUTF8)
		}
	}
	return t, nil
}

// convertGTF is the way out for GTF, whose features have neither ID nor Parent.
const convertGTF = "; convert the file, for instance with gffread FILE.gtf -o FILE.gff3"

// isGTF tells whether what stands before an '=', or a whole attribute without one,
// begins like GTF's gene_id "x".
func isGTF(text []byte) bool {
	i := bytes.IndexByte(text, ' ')
	return i > 0 && bytes.HasPrefix(trimBlanks(text[i:]), []byte{'"'})
}

// newTag resolves a tag; nil when it is not valid UTF-8.
func (a *attributes) newTag(text []byte) *tag {
	decoded := appendDecoded(nil, text)
	if !utf8.Valid(decoded) {
		return nil
	}
	lower := appendLower(nil, decoded)
	k := a.keys[string(lower)]
	if k == nil {
		k = &key{name: lower}
		a.keys[string(lower)] = k
	}
	t := &tag{raw: string(text), text: string(decoded), key: k}
	if o, ok := official[strings.ReplaceAll(string(lower), "_", "")]; ok {
		t.kind, t.exact = o.kind, o.tag == t.text
	}
	a.tags[t.raw] = t
	return t
}

// decode decodes the escapes of a value; ok is false when that is no valid UTF-8.
func (a *attributes) decode(text []byte) (decoded []byte, ok bool) {
	if !a.escapes || bytes.IndexByte(text, '%') < 0 {
		return text, true
	}
	from := len(a.buf)
	a.buf = appendDecoded(a.buf, text)
	decoded = a.buf[from:len(a.buf):len(a.buf)]
	return decoded, utf8.Valid(decoded)
}

// store puts a value where its tag says.
func (a *attributes) store(t *tag, value []byte) error {
	f, ok := a.f, false
	switch t.kind {
	case tagParent:
		f.Parent, ok = a.list(f.Parent, value)
	case tagNote:
		f.Note, ok = a.list(f.Note, value)
	case tagDbxref:
		f.Dbxref, ok = a.list(f.Dbxref, value)
	case tagOntologyTerm:
		f.OntologyTerm, ok = a.list(f.OntologyTerm, value)
	default:
		var decoded []byte
		if decoded, ok = a.decode(value); !ok {
			break
		}
		switch t.kind {
		case unofficial:
			a.inform(t.key, decoded)
		case tagAlias:
			if f.Alias == nil && len(decoded) > 0 {
				f.Alias = decoded
			} else {
				a.chain(&a.alias, decoded)
			}
		default:
			return a.single(t, decoded)
		}
	}
	if !ok {
		return a.fail(t.raw, value, notUTF8)
	}
	if a.listed > maxListed {
		return a.fail(t.raw, nil, "the line has more than 65536 values in lists")
	}
	return nil
}

// list appends the values of a list: split at commas first, decoded then. Empty
// ones say nothing and are left out.
func (a *attributes) list(dst [][]byte, value []byte) ([][]byte, bool) {
	for len(value) > 0 && a.listed <= maxListed {
		part := value
		if i := bytes.IndexByte(value, ','); i >= 0 {
			part, value = value[:i:i], value[i+1:]
		} else {
			value = nil
		}
		if len(part) == 0 {
			continue
		}
		decoded, ok := a.decode(part)
		if !ok {
			return dst, false
		}
		dst = append(dst, decoded)
		a.listed++
	}
	return dst, true
}

// inform adds a value to the information map. Splitting it at commas, decoding and
// joining again would give what decoding it whole gives.
func (a *attributes) inform(k *key, value []byte) {
	if k.stamp != a.stamp {
		k.stamp, k.index, k.merge = a.stamp, len(a.f.Information), merge{}
		a.f.Information = append(a.f.Information, KV{Key: k.name, Value: value})
		return
	}
	if len(value) == 0 {
		return
	}
	if k.first == 0 {
		a.merged = append(a.merged, k)
	}
	a.chain(&k.merge, value)
}

// chain keeps a value for join.
func (a *attributes) chain(m *merge, value []byte) {
	if len(value) == 0 {
		return
	}
	n := int32(len(a.pieces))
	a.pieces = append(a.pieces, piece{value: value})
	if m.first == 0 {
		m.first = n
	} else {
		a.pieces[m.last].next = n
	}
	m.last = n
}

// join joins the values of tags given more than once, with commas.
func (a *attributes) join() {
	if a.alias.first != 0 {
		a.f.Alias = a.joined(a.f.Alias, a.alias)
	}
	for _, k := range a.merged {
		kv := &a.f.Information[k.index]
		kv.Value = a.joined(kv.Value, k.merge)
	}
}

func (a *attributes) joined(first []byte, m merge) []byte {
	from := len(a.buf)
	a.buf = append(a.buf, first...)
	for i := m.first; i != 0; i = a.pieces[i].next {
		if len(a.buf) > from {
			a.buf = append(a.buf, ',')
		}
		a.buf = append(a.buf, a.pieces[i].value...)
	}
	return a.buf[from:len(a.buf):len(a.buf)]
}

// single stores a value of which a feature has one. Commas are part of it: names
// such as "1,4-alpha-glucan" are often written without escapes.
func (a *attributes) single(t *tag, value []byte) error {
	if before := a.holder[t.kind]; before != nil {
		switch {
		case before.text == t.text:
			return a.fail(t.raw, value, "gives the tag a second time, and a feature has one")
		case !t.exact:
			a.inform(t.key, value)
			return nil
		}
		a.inform(before.key, a.held[t.kind])
	}
	a.holder[t.kind], a.held[t.kind] = t, value
	if len(value) == 0 {
		value = nil
	}
	f := a.f
	switch t.kind {
	case tagID:
		f.ID = value
	case tagName:
		f.Name = value
	case tagTarget:
		f.Target = value
	case tagGap:
		f.Gap = value
	case tagDerivesFrom:
		f.DerivesFrom = value
	}
	return nil
}

// circular reads Is_circular.
func (a *attributes) circular(t *tag, value []byte) error {
	f := a.f
	f.HasIsCircular = len(value) > 0
	switch {
	case !f.HasIsCircular:
	case isWord(value, "true"), isWord(value, "1"):
		f.IsCircular = true
	case !isWord(value, "false") && !isWord(value, "0"):
		return a.fail(t.raw, value, "is neither true nor false")
	}
	return nil
}

// isWord compares without regard to the case of ASCII letters.
func isWord(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
