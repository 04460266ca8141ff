package omics

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// samples gives, for each pattern of the model that requests use, strings of
// a wanted number of code points that match, and strings that do not match
// although their length is fine.
var samples = map[string]struct {
	good func(n int) string
	bad  []string
}{
	"": {func(n int) string { return strings.Repeat("é", n) }, nil},
	printable: {
		func(n int) string { return strings.Repeat("é", n) },
		[]string{"tab\there", "line\nbreak", "nul\x00byte"},
	},
	digits: {
		func(n int) string { return strings.Repeat("7", n) },
		[]string{"12345678x0", "-1234567890", "1234567890\n", "١٢٣٤٥٦٧٨٩٠"},
	},
	`[\p{L}||\p{N}]+`: {
		func(n int) string { return strings.Repeat("a", n) },
		[]string{"a b", "a-b"},
	},
	`[\p{N}||\p{P}]+`: {
		func(n int) string { return strings.Repeat("9", n) },
		[]string{"rows=0-1", "bytes=0 - 1", "bytes 0-1"},
	},
	`arn:.+`: {
		func(n int) string { return "arn:" + strings.Repeat("é", n-4) },
		[]string{"urn:aws:omics", "arn:", "xarn:aws", "arn:a\nb"},
	},
	`arn:.*`: {
		func(n int) string { return "arn:" + strings.Repeat("é", n-4) },
		[]string{"urn:aws:iam::123456789012:role/x", "arn:aws:iam::12345678\n9012:role/x"},
	},
	`arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*)`: {
		func(n int) string { return "arn::::123456789012:" + strings.Repeat("é", n-20) },
		[]string{"arn:aws:iam::12345678901:role/import", "arn:aws:iam::123456789012:role/a b",
			"arn:aws:iam::123456789012:role:x", "x-arn:aws:iam::123456789012:role"},
	},
	`.*arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*).*`: {
		func(n int) string { return "arn::::123456789012:" + strings.Repeat("é", n-20) },
		[]string{"arn:aws:kms:us-east-1:12345:key/abcdef"},
	},
	`([a-z]){1}([a-z0-9_]){2,254}`: {
		func(n int) string { return "a" + strings.Repeat("_", n-1) },
		[]string{"Store", "1store", "_store", "my-store", "my store", "störe", "store\n"},
	},
	`[a-z0-9_]{1,255}`: {
		func(n int) string { return strings.Repeat("_", n) },
		[]string{"", "Chr", "a b", "a-b", "é", "chr\n", strings.Repeat("a", 256)},
	},
	`[a-zA-Z0-9_-]+`: {
		func(n int) string { return strings.Repeat("Z", n) },
		[]string{"a b", "a.b", "é", "a\n"},
	},
	`[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`: {
		func(int) string { return "0123abcd-0123-4567-89ab-0123456789ef" },
		[]string{"0123ABCD-0123-4567-89AB-0123456789EF", "0123abcd012345678901230123456789ef", "../../etc/passwd",
			"0123abcd-0123-4567-89ab-0123456789efa"},
	},
	`s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024})`: {
		func(int) string { return "s3://" + strings.Repeat("b", 63) + "/" + strings.Repeat("é", 1024) },
		[]string{"s3://bucket", "s3://bucket/", "s3://ab/key", "s3://Bucket/key", "s3://bucket-/key", "http://bucket/key",
			"/etc/passwd", "", "s3://bucket/a\nb", "xs3://bucket/key",
			"s3://" + strings.Repeat("b", 64) + "/key", "s3://bucket/" + strings.Repeat("k", 1025)},
	},
}

// probe is one changed request; reject is "" when Validate must accept it,
// else text that its message must hold.
type probe struct {
	name   string
	value  any
	reject string
}

const (
	tooLong  = "Member must have length less than or equal to "
	tooShort = "Member must have length greater than or equal to "
	tooMuch  = "Member must have value less than or equal to "
	tooLow   = "Member must have value greater than or equal to "
)

// TestValidateFollowsModel changes one thing at a time in a valid request of
// every operation, at each bound that the model sets, and asks Validate.
func TestValidateFollowsModel(t *testing.T) {
	m := loadModel(t)
	accepted, rejected := 0, 0
	for _, op := range Operations {
		bound, ok := bindings[op.Name]
		if !ok || m.Operations[op.Name].Input == "" {
			t.Errorf("%s: bindings of model_test.go or %s does not have it", op.Name, modelFile)
			continue
		}
		in := m.Operations[op.Name].Input
		probes := append(m.structureProbes(t, in), probe{"valid", m.valid(t, in), ""})
		for _, p := range probes {
			err := validate(t, bound.in, p.value.(map[string]any))
			if p.reject == "" {
				accepted++
				if err != nil {
					t.Errorf("%s %s: refused: %v", op.Name, p.name, err)
				}
				continue
			}
			rejected++
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeValidation {
				t.Errorf("%s %s: error is %v, want a ValidationException", op.Name, p.name, err)
				continue
			}
			if !wording.MatchString(e.Message) || !strings.Contains(e.Message, p.reject) {
				t.Errorf("%s %s: message %q, want %q in AWS's wording", op.Name, p.name, e.Message, p.reject)
			}
		}
	}
	t.Logf("%d accepted, %d rejected", accepted, rejected)
	if accepted < 400 || rejected < 500 {
		t.Errorf("only %d accepted and %d rejected requests were made", accepted, rejected)
	}
}

var wording = regexp.MustCompile(
	`(?s)^(1 validation error|\d+ validation errors) detected: Value .* at '[a-zA-Z0-9.]+' failed to satisfy constraint: M`)

// validate puts the values into the operation's struct, wherever each member
// travels, and validates it.
func validate(t *testing.T, in any, values map[string]any) error {
	t.Helper()
	v := reflect.New(reflect.TypeOf(in))
	for _, f := range fieldsOf(v.Type().Elem()) {
		for name, value := range values {
			if !strings.EqualFold(name, f.name) {
				continue
			}
			data, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, v.Elem().FieldByIndex(f.Index).Addr().Interface()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	return v.Interface().(interface{ Validate() error }).Validate()
}

// valid makes a value of the shape with every member set, one of a union.
func (m model) valid(t *testing.T, name string) any {
	t.Helper()
	s := m.Shapes[name]
	switch s.Type {
	case "structure":
		v := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Members)) {
			v[name] = m.valid(t, s.Members[name].Shape)
			if s.Union {
				break // one member is all it takes
			}
		}
		return v
	case "list":
		return []any{m.valid(t, s.Member)}
	case "map":
		return map[string]any{m.valid(t, s.Key).(string): m.valid(t, s.Value)}
	case "integer":
		low, _ := bounds(s)
		return low
	case "boolean":
		return true
	case "timestamp":
		return "2022-08-24T20:34:19.229500Z"
	case "string":
		if len(s.Enum) > 0 {
			return s.Enum[0]
		}
		return m.text(t, s, 36)
	}
	t.Fatalf("%s: no value for type %s", name, s.Type)
	return nil
}

// bounds gives those of a number. The only one that a request has and the
// model leaves without is the page size of ListShares.
func bounds(s shape) (low, high int64) {
	if s.Min == nil && s.Max == nil {
		return 1, maxPageSize
	}
	return *s.Min, *s.Max
}

// text makes a string that matches the shape, of n code points where the
// bounds allow it.
func (m model) text(t *testing.T, s shape, n int) string {
	t.Helper()
	sample, ok := samples[s.Pattern]
	if !ok {
		t.Fatalf("no samples for the pattern %q", s.Pattern)
	}
	if s.Max != nil {
		n = min(n, int(*s.Max))
	}
	return sample.good(n)
}

// probes changes a value of the shape in each way that matters.
func (m model) probes(t *testing.T, name string) []probe {
	t.Helper()
	switch s := m.Shapes[name]; s.Type {
	case "structure":
		return m.structureProbes(t, name)
	case "list":
		return m.listProbes(t, s)
	case "map":
		return m.mapProbes(t, s)
	case "string":
		return m.textProbes(t, s)
	case "integer":
		low, high := bounds(s)
		return []probe{
			{"below min", low - 1, tooLow + fmt.Sprint(low)},
			{"min", low, ""},
			{"max", high, ""},
			{"above max", high + 1, tooMuch + fmt.Sprint(high)},
		}
	default:
		return nil // booleans and times have no bounds
	}
}

func (m model) structureProbes(t *testing.T, name string) []probe {
	t.Helper()
	s := m.Shapes[name]
	base := m.valid(t, name).(map[string]any)
	var list []probe
	if s.Union {
		all := map[string]any{}
		for mem, ref := range s.Members {
			all[mem] = m.valid(t, ref.Shape)
			list = append(list, probe{"only " + mem, map[string]any{mem: all[mem]}, ""})
		}
		list = append(list, probe{"no member of the union", map[string]any{}, "exactly one member of the union"})
		if len(all) > 1 {
			list = append(list, probe{"every member of the union", all, "exactly one member of the union"})
		}
	}
	for mem, ref := range s.Members {
		without := maps.Clone(base)
		delete(without, mem)
		switch {
		case s.Union:
		case !slices.Contains(s.Required, mem):
			list = append(list, probe{"without optional " + mem, without, ""})
		case m.Shapes[ref.Shape].Type == "integer":
			list = append(list, probe{"without required " + mem, without, mem})
		default:
			list = append(list, probe{"without required " + mem, without, "Member must not be null"})
		}
		for _, p := range m.probes(t, ref.Shape) {
			changed := maps.Clone(base)
			if s.Union {
				clear(changed)
			}
			changed[mem] = p.value
			if p.value == "" && slices.Contains(s.Required, mem) {
				p.reject = "Member must not be null" // an empty required string counts as none
			}
			list = append(list, probe{mem + " " + p.name, changed, p.reject})
		}
	}
	return list
}

func (m model) listProbes(t *testing.T, s shape) []probe {
	t.Helper()
	repeat := func(n int64) []any { return slices.Repeat([]any{m.valid(t, s.Member)}, int(n)) }
	var list []probe
	if s.Min != nil {
		list = append(list, probe{"min members", repeat(*s.Min), ""})
		if *s.Min > 0 {
			list = append(list, probe{"below min members", repeat(*s.Min - 1), tooShort + fmt.Sprint(*s.Min)})
		}
	}
	if s.Max != nil {
		list = append(list,
			probe{"max members", repeat(*s.Max), ""},
			probe{"above max members", repeat(*s.Max + 1), tooLong + fmt.Sprint(*s.Max)})
	}
	for _, p := range m.probes(t, s.Member) {
		list = append(list, probe{"second member " + p.name, []any{m.valid(t, s.Member), p.value}, p.reject})
	}
	return list
}

func (m model) mapProbes(t *testing.T, s shape) []probe {
	t.Helper()
	value := m.valid(t, s.Value)
	entries := func(n int64) map[string]any {
		v := map[string]any{}
		for i := range n {
			v[fmt.Sprint("k", i)] = value
		}
		return v
	}
	var list []probe
	if s.Min != nil && *s.Min > 0 {
		list = append(list,
			probe{"min entries", entries(*s.Min), ""},
			probe{"below min entries", entries(*s.Min - 1), tooShort + fmt.Sprint(*s.Min)})
	} else {
		list = append(list, probe{"no entries", entries(0), ""})
	}
	if s.Max != nil {
		list = append(list,
			probe{"max entries", entries(*s.Max), ""},
			probe{"above max entries", entries(*s.Max + 1), tooLong + fmt.Sprint(*s.Max)})
	}
	for _, p := range m.probes(t, s.Key) {
		list = append(list, probe{"key " + p.name, map[string]any{p.value.(string): value}, p.reject})
	}
	for _, p := range m.probes(t, s.Value) {
		list = append(list, probe{"value " + p.name, map[string]any{m.valid(t, s.Key).(string): p.value}, p.reject})
	}
	return list
}

func (m model) textProbes(t *testing.T, s shape) []probe {
	t.Helper()
	var list []probe
	for _, e := range s.Enum {
		list = append(list, probe{"enum " + e, e, ""})
	}
	if len(s.Enum) > 0 {
		set := "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
		return append(list,
			probe{"outside the enum", "NONE_OF_THEM", set},
			probe{"enum in lower case", strings.ToLower(s.Enum[0]), set})
	}
	if s.Min != nil {
		// A pattern may need more than the shortest length allows.
		if shortest := int(*s.Min); s.Pattern != `arn:.+` {
			list = append(list, probe{"min length", m.text(t, s, shortest), ""})
		}
		if *s.Min > 0 {
			list = append(list, probe{"below min length", strings.Repeat("a", int(*s.Min-1)), tooShort + fmt.Sprint(*s.Min)})
		}
	}
	if s.Max != nil {
		long := s
		long.Max = nil
		list = append(list,
			probe{"max length", m.text(t, s, int(*s.Max)), ""},
			probe{"above max length", m.text(t, long, int(*s.Max+1)), tooLong + fmt.Sprint(*s.Max)})
	}
	for _, bad := range samples[s.Pattern].bad {
		list = append(list, probe{fmt.Sprintf("pattern %q", bad), bad,
			"Member must satisfy regular expression pattern: " + s.Pattern})
	}
	return list
}

func TestValidateWording(t *testing.T) {
	tests := []struct {
		name string
		in   interface{ Validate() error }
		want string
	}{
		{"pattern", &GetVariantImportJobIn{JobID: "nope"},
			"1 validation error detected: Value 'nope' at 'jobId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"},
		{"null", &CreateVariantStoreIn{},
			"1 validation error detected: Value null at 'reference' failed to satisfy constraint: Member must not be null"},
		{"several", &StartVariantImportJobIn{DestinationName: "ab", RoleArn: "arn:aws:iam::123456789012:role/x",
			Items: []VariantImportItemSource{{Source: "s3://bucket/key"}, {}}},
			"3 validation errors detected: Value 'ab' at 'destinationName' failed to satisfy constraint: Member must have length greater than or equal to 3; " +
				"Value 'ab' at 'destinationName' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-z]){1}([a-z0-9_]){2,254}; " +
				"Value null at 'items.2.member.source' failed to satisfy constraint: Member must not be null"},
		{"range", &ListVariantStoresIn{MaxResults: new(101)},
			"1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"},
		{"list members", &ListVariantStoresIn{IDs: []string{"a", ""}},
			"1 validation error detected: Value '[a, ]' at 'ids' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 50, Member must have length greater than or equal to 1]"},
		{"map keys", &TagResourceIn{ResourceArn: "arn:x", Tags: TagMap{"": "v"}},
			"1 validation error detected: Value '{=v}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
		{"reserved tag", &TagResourceIn{ResourceArn: "arn:x", Tags: TagMap{"AWS:x": "v"}},
			"1 validation error detected: Value '{AWS:x=v}' at 'tags' failed to satisfy constraint: Map keys must not begin with the reserved prefix aws:"},
		{"list pattern", &DeleteAnnotationStoreVersionsIn{Name: "store", Versions: []string{"v_1", "V2"}},
			"1 validation error detected: Value '[v_1, V2]' at 'versions' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, " +
				"Member must satisfy regular expression pattern: ([a-z]){1}([a-z0-9_]){2,254}]"},
		{"list enum", &ListSharesIn{ResourceOwner: OwnerSelf,
			Filter: &ListSharesFilter{Type: []ShareResourceType{ShareWorkflow, "BUCKET"}}},
			"1 validation error detected: Value '[WORKFLOW, BUCKET]' at 'filter.type' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [VARIANT_STORE, ANNOTATION_STORE, WORKFLOW]]"},
		{"map enums", &CreateAnnotationStoreIn{StoreFormat: FormatTSV, StoreOptions: &StoreOptions{&TsvStoreOptions{
			FormatToHeader: map[FormatToHeaderKey]string{HeaderChr: "chr", "chr": "chr"},
			Schema:         []map[string]SchemaValueType{{"chr": "TEXT"}}}}},
			"2 validation errors detected: Value '{CHR=chr, chr=chr}' at 'storeOptions.tsvStoreOptions.formatToHeader' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy enum value set: [CHR, START, END, REF, ALT, POS]]; " +
				"Value '{chr=TEXT}' at 'storeOptions.tsvStoreOptions.schema.1.member' failed to satisfy constraint: Map value must satisfy constraint: [Member must satisfy enum value set: [LONG, INT, STRING, FLOAT, DOUBLE, BOOLEAN]]"},
		{"map pattern and size", &CreateAnnotationStoreVersionIn{Name: "store", VersionName: "v_1",
			VersionOptions: &VersionOptions{&TsvStoreOptions{
				Schema: []map[string]SchemaValueType{{"chr": SchemaString}, {"end": SchemaLong, "Start": SchemaLong}}}}},
			"2 validation errors detected: Value '2 members' at 'versionOptions.tsvVersionOptions.schema.2.member' failed to satisfy constraint: Member must have length less than or equal to 1; " +
				"Value '{Start=LONG, end=LONG}' at 'versionOptions.tsvVersionOptions.schema.2.member' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-z0-9_]{1,255}]"},
		{"union", &StartAnnotationImportJobIn{DestinationName: "store", RoleArn: "arn:aws:iam::123456789012:role/x",
			Items:         []AnnotationImportItemSource{{"s3://bucket/key"}},
			FormatOptions: &FormatOptions{&TsvOptions{}, &VcfOptions{}}},
			"1 validation error detected: Value '{tsvOptions, vcfOptions}' at 'formatOptions' failed to satisfy constraint: Member must have exactly one member of the union set: [tsvOptions, vcfOptions]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var e *Error
			if err := test.in.Validate(); !errors.As(err, &e) || e.Message != test.want {
				t.Errorf("error is %v\nwant message %s", err, test.want)
			}
		})
	}
}

// TestValidateMessageIsBounded: a hostile request must not be echoed whole.
func TestValidateMessageIsBounded(t *testing.T) {
	items := make([]VariantImportItemSource, 50_000)
	for i := range items {
		items[i].Source = "é" + strings.Repeat("x", 2000)
	}
	err := (&StartVariantImportJobIn{DestinationName: "store", RoleArn: "arn:aws:iam::123456789012:role/x",
		Items: items}).Validate()
	var e *Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Message, "50000 validation errors detected: ") {
		t.Fatalf("error is %.200v", err)
	}
	if len(e.Message) > 20_000 {
		t.Errorf("the message has %d bytes", len(e.Message))
	}

	columns := map[string]SchemaValueType{}
	for i := range 50_000 {
		columns[fmt.Sprint("É", i)] = "TEXT"
	}
	for _, in := range []interface{ Validate() error }{
		&ListVariantStoresIn{IDs: make([]string, 50_000)},
		&CreateAnnotationStoreIn{StoreFormat: FormatTSV,
			StoreOptions: &StoreOptions{&TsvStoreOptions{Schema: []map[string]SchemaValueType{columns}}}},
	} {
		if err := in.Validate(); err == nil || len(err.Error()) > 20_000 {
			t.Errorf("%T: error is %.200v", in, err)
		}
	}
}

func TestRangeMayNameBytes(t *testing.T) {
	in := GetReferenceIn{ID: "1234567890", ReferenceStoreID: "1234567890", PartNumber: 1}
	for _, r := range []string{"bytes=0-9", "bytes=-9", "bytes=9-", "0-9"} {
		in.Range = &r
		if err := in.Validate(); err != nil {
			t.Errorf("range %q: %v", r, err)
		}
	}
}

// BenchmarkValidateJob is the largest import job: a thousand of the longest keys.
func BenchmarkValidateJob(b *testing.B) {
	b.ReportAllocs()
	in := &StartVariantImportJobIn{DestinationName: "store", RoleArn: "arn:aws:iam::123456789012:role/x"}
	for range 1000 {
		in.Items = append(in.Items, VariantImportItemSource{Source: "s3://bucket/" + strings.Repeat("k", 1024)})
	}
	for b.Loop() {
		if err := in.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
