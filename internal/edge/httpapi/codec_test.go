package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/varlake/varlake/internal/wire/omics"
)

// keep makes a route that remembers the In it was called with.
func keep[In, Out any, P interface {
	*In
	Validate() error
}](name string, last **In) Route {
	return op(name, func(_ context.Context, in P) (*Out, error) {
		*last = in
		return new(Out), nil
	})
}

const (
	jobID   = "0123abcd-0123-4567-89ab-0123456789ef"
	storeID = "1234567890"
	roleARN = "arn:aws:iam::123456789012:role/import"
)

func TestDecodeBody(t *testing.T) {
	var got *omics.StartVariantImportJobIn
	s := newRawServer(t, nil, keep[omics.StartVariantImportJobIn, omics.StartVariantImportJobOut]("StartVariantImportJob",
		&got))
	valid := omics.StartVariantImportJobIn{
		DestinationName: "store", RoleArn: roleARN,
		Items: []omics.VariantImportItemSource{{Source: "s3://bucket/ké y"}},
	}
	full := valid
	full.RunLeftNormalization = true
	full.AnnotationFields = map[string]string{"VEP": "CSQ"}
	const base = `"destinationName":"store","roleArn":"` + roleARN + `","items":[{"source":"s3://bucket/ké y"}]`

	accepted := []struct {
		name, body string
		want       omics.StartVariantImportJobIn
	}{
		{"required only", `{` + base + `}`, valid},
		{"all members", `{` + base + `,"runLeftNormalization":true,"annotationFields":{"VEP":"CSQ"}}`, full},
		{"null is absent", `{` + base + `,"runLeftNormalization":null,"annotationFields":null}`, valid},
		{"unknown members", `{` + base + `,"x":[{"y":1}],"Items":[]}`, valid},
		{"unknown nested member", strings.Replace(`{`+base+`}`, `{"source"`, `{"Source":1,"source"`, 1), valid},
		{"escapes", strings.Replace(`{`+base+`}`, "é", `\u00e9`, 1), valid},
		{"white space", " {\n" + base + "}\r\n\t ", valid},
	}
	for _, test := range accepted {
		t.Run(test.name, func(t *testing.T) {
			got = nil
			a := s.send(t, "POST", "/import/variant", test.body)
			if a.status != 200 || got == nil {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			if diff := cmp.Diff(test.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}

	refused := []struct{ name, body, words string }{
		{"empty", ``, "at 'destinationName'"},
		{"empty object", `{}`, "3 validation errors detected"},
		{"names in another case", strings.Replace(`{`+base+`}`, "roleArn", "rolearn", 1), "Value null at 'roleArn'"},
		{"null", `null`, "not a JSON object"},
		{"list", `[]`, "not a JSON object"},
		{"string", `"x"`, "not a JSON object"},
		{"cut off", `{` + base, "not valid JSON"},
		{"trailing data", `{` + base + `}{}`, "not valid JSON"},
		{"comment", `{` + base + `} // x`, "not valid JSON"},
		{"not UTF-8", "{" + base + ",\"x\":\"\xff\"}", "not valid UTF-8"},
		{"deep", strings.Repeat("[", 100_000), "not valid JSON"},
		{"string for boolean", `{` + base + `,"runLeftNormalization":"true"}`, "at 'runLeftNormalization'"},
		{"number for boolean", `{` + base + `,"runLeftNormalization":1}`, "at 'runLeftNormalization'"},
		{"number for string", strings.Replace(`{`+base+`}`, `"store"`, `7`, 1), "at 'destinationName'"},
		{"list for string", strings.Replace(`{`+base+`}`, `"store"`, `["store"]`, 1), "at 'destinationName'"},
		{"object for list", strings.Replace(`{`+base+`}`, `[{"source":"s3://bucket/ké y"}]`, `{}`, 1), "Value at 'items'"},
		{"string for structure", strings.Replace(`{`+base+`}`, `{"source":"s3://bucket/ké y"}`, `"s3://bucket/k"`, 1),
			"at 'items.1.member'"},
		{"null in a list", strings.Replace(`{`+base+`}`, `{"source":"s3://bucket/ké y"}`, `null`, 1),
			"Value null at 'items.1.member'"},
		{"list for map", `{` + base + `,"annotationFields":[]}`, "at 'annotationFields'"},
		{"null in a map", `{` + base + `,"annotationFields":{"VEP":null}}`, "Value null at 'annotationFields'"},
		{"number in a map", `{` + base + `,"annotationFields":{"VEP":1}}`, "at 'annotationFields'"},
		{"bad value", strings.Replace(`{`+base+`}`, "s3://", "http://", 1),
			"at 'items.1.member.source' failed to satisfy constraint: Member must satisfy regular expression pattern"},
		{"huge", `{` + base + `,"x":"` + strings.Repeat("x", omics.LargeBody) + `"}`, "larger than 4194304 bytes"},
	}
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			got = nil
			a := s.send(t, "POST", "/import/variant", test.body)
			if a.status != 400 || a.code != "ValidationException" || !strings.Contains(message(t, a), test.words) {
				t.Errorf("status %d, code %s, body %.300s; want a ValidationException with %q", a.status, a.code,
					a.body, test.words)
			}
			if got != nil {
				t.Error("the operation was called")
			}
		})
	}
}

// TestDecodeAnnotations: maps with keys and values of enums, lists of maps, and
// a union.
func TestDecodeAnnotations(t *testing.T) {
	var store *omics.CreateAnnotationStoreIn
	var job *omics.StartAnnotationImportJobIn
	var shares *omics.ListSharesIn
	s := newRawServer(t, nil,
		keep[omics.CreateAnnotationStoreIn, omics.CreateAnnotationStoreOut]("CreateAnnotationStore", &store),
		keep[omics.StartAnnotationImportJobIn, omics.StartAnnotationImportJobOut]("StartAnnotationImportJob", &job),
		keep[omics.ListSharesIn, omics.ListSharesOut]("ListShares", &shares),
	)
	kind := omics.AnnotationChrPos
	const (
		options = `{"storeFormat":"TSV","storeOptions":{"tsvStoreOptions":`
		started = `{"destinationName":"store","roleArn":"` + roleARN +
			`","items":[{"source":"s3://bucket/key"}],"formatOptions":`
		filter = `{"resourceOwner":"SELF","filter":`
	)
	start := omics.StartAnnotationImportJobIn{DestinationName: "store", RoleArn: roleARN,
		Items: []omics.AnnotationImportItemSource{{Source: "s3://bucket/key"}}}
	tsv, vcf := start, start
	tsv.FormatOptions = &omics.FormatOptions{TsvOptions: &omics.TsvOptions{ReadOptions: &omics.ReadOptions{Sep: new("\t"),
		Header: new(false)}}}
	vcf.FormatOptions = &omics.FormatOptions{VcfOptions: &omics.VcfOptions{IgnoreQualField: new(true)}}

	accepted := []struct {
		name, target, body string
		got                func() any
		want               any
	}{
		{"TSV store", "/annotationStore",
			options + `{"annotationType":"CHR_POS","formatToHeader":{"CHR":"chromosome","POS":""},"schema":[{"chromosome":"STRING"},{"at":"LONG"}]}}}`, func() any { return store },
			&omics.CreateAnnotationStoreIn{StoreFormat: omics.FormatTSV,
				StoreOptions: &omics.StoreOptions{TsvStoreOptions: &omics.TsvStoreOptions{
					AnnotationType: &kind,
					FormatToHeader: map[omics.FormatToHeaderKey]string{omics.HeaderChr: "chromosome", omics.HeaderPos: ""},
					Schema: []map[string]omics.SchemaValueType{{"chromosome": omics.SchemaString},
						{"at": omics.SchemaLong}}}}}},
		{"TSV store, nothing said", "/annotationStore", options + `{"formatToHeader":{}}}}`, func() any { return store },
			&omics.CreateAnnotationStoreIn{StoreFormat: omics.FormatTSV,
				StoreOptions: &omics.StoreOptions{TsvStoreOptions: &omics.TsvStoreOptions{
					FormatToHeader: map[omics.FormatToHeaderKey]string{}}}}},
		{"TSV job", "/import/annotation",
			started + `{"tsvOptions":{"readOptions":{"sep":"\t","header":false,"quote":null}}}}`,
			func() any { return job }, &tsv},
		{"VCF job", "/import/annotation", started + `{"vcfOptions":{"ignoreQualField":true},"tsvOptions":null}}`,
			func() any { return job }, &vcf},
		{"shares", "/shares?maxResults=5",
			filter + `{"resourceArns":["arn:x"],"status":["PENDING","ACTIVE"],"type":["VARIANT_STORE"]}}`,
			func() any { return shares },
			&omics.ListSharesIn{ResourceOwner: omics.OwnerSelf, MaxResults: new(5), Filter: &omics.ListSharesFilter{
				ResourceArns: []string{"arn:x"}, Status: []omics.ShareStatus{omics.SharePending, omics.ShareActive},
				Type: []omics.ShareResourceType{omics.ShareVariantStore}}}},
	}
	for _, test := range accepted {
		t.Run(test.name, func(t *testing.T) {
			store, job, shares = nil, nil, nil
			if a := s.send(t, "POST", test.target, test.body); a.status != 200 {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			if diff := cmp.Diff(test.want, test.got()); diff != "" {
				t.Error(diff)
			}
		})
	}

	refused := []struct{ name, target, body, words string }{
		{"other key", "/annotationStore", options + `{"formatToHeader":{"chr":"x"}}}}`,
			"Map keys must satisfy constraint: [Member must satisfy enum value set: [CHR, START, END, REF, ALT, POS]]"},
		{"null in a map", "/annotationStore", options + `{"formatToHeader":{"CHR":null}}}}`,
			"Value null at 'storeOptions.tsvStoreOptions.formatToHeader'"},
		{"list for map", "/annotationStore", options + `{"formatToHeader":["CHR"]}}}`,
			"at 'storeOptions.tsvStoreOptions.formatToHeader' failed to satisfy constraint: Member must be a map"},
		{"column of no type", "/annotationStore", options + `{"schema":[{"chr":"STRING"},{"at":null}]}}}`,
			"Value null at 'storeOptions.tsvStoreOptions.schema.2.member'"},
		{"column of a number's type", "/annotationStore", options + `{"schema":[{"chr":1}]}}}`,
			"at 'storeOptions.tsvStoreOptions.schema.1.member' failed to satisfy constraint: Member must be a string"},
		{"null for a column", "/annotationStore", options + `{"schema":[null]}}}`,
			"Value null at 'storeOptions.tsvStoreOptions.schema.1.member'"},
		{"empty column", "/annotationStore", options + `{"schema":[{}]}}}`,
			"at 'storeOptions.tsvStoreOptions.schema.1.member' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"unknown member of a union", "/annotationStore", `{"storeFormat":"TSV","storeOptions":{"csvStoreOptions":{}}}`,
			"exactly one member of the union set: [tsvStoreOptions]"},
		{"both members of a union", "/import/annotation", started + `{"vcfOptions":{},"tsvOptions":{}}}`,
			"exactly one member of the union set: [tsvOptions, vcfOptions]"},
		{"string for boolean", "/import/annotation", started + `{"tsvOptions":{"readOptions":{"header":"true"}}}}`,
			"at 'formatOptions.tsvOptions.readOptions.header' failed to satisfy constraint: Member must be a bool"},
		{"string for a list", "/shares", filter + `{"status":"ACTIVE"}}`,
			"at 'filter.status' failed to satisfy constraint: Member must be a list"},
	}
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			store, job, shares = nil, nil, nil
			a := s.send(t, "POST", test.target, test.body)
			if a.status != 400 || a.code != "ValidationException" || !strings.Contains(message(t, a), test.words) {
				t.Errorf("status %d, code %s, body %.300s; want a ValidationException with %q", a.status, a.code,
					a.body, test.words)
			}
			if store != nil || job != nil || shares != nil {
				t.Error("the operation was called")
			}
		})
	}
}

// TestLargestJobFits: the bound on bodies leaves room for the largest job.
func TestLargestJobFits(t *testing.T) {
	var got *omics.StartVariantImportJobIn
	s := newRawServer(t, nil, keep[omics.StartVariantImportJobIn, omics.StartVariantImportJobOut]("StartVariantImportJob",
		&got))
	in := omics.StartVariantImportJobIn{DestinationName: "store", RoleArn: roleARN}
	for range 1000 {
		in.Items = append(in.Items, omics.VariantImportItemSource{Source: "s3://bucket/" + strings.Repeat("é", 1024)})
	}
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.send(t, "POST", "/import/variant", string(body)); a.status != 200 || len(got.Items) != 1000 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

// message reads the body of an error.
func message(t *testing.T, a answer) string {
	t.Helper()
	var body map[string]string
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body) != 1 ||
		a.header.Get("Content-Type") != "application/json" {
		t.Errorf("the error's body is %q (%v), want an object with message alone", a.body, err)
	}
	return body["message"]
}

func TestDecodePathQueryAndHeader(t *testing.T) {
	var reference *omics.GetReferenceIn
	var tag *omics.TagResourceIn
	var untag *omics.UntagResourceIn
	var store *omics.GetVariantStoreIn
	var remove *omics.DeleteVariantStoreIn
	var list *omics.ListVariantStoresIn
	s := newRawServer(t, nil,
		op("GetReference", func(_ context.Context, in *omics.GetReferenceIn) (*omics.GetReferenceOut, error) {
			reference = in
			return &omics.GetReferenceOut{Payload: http.NoBody}, nil
		}),
		keep[omics.TagResourceIn, omics.TagResourceOut]("TagResource", &tag),
		keep[omics.UntagResourceIn, omics.UntagResourceOut]("UntagResource", &untag),
		keep[omics.GetVariantStoreIn, omics.GetVariantStoreOut]("GetVariantStore", &store),
		keep[omics.DeleteVariantStoreIn, omics.DeleteVariantStoreOut]("DeleteVariantStore", &remove),
		keep[omics.ListVariantStoresIn, omics.ListVariantStoresOut]("ListVariantStores", &list),
	)
	const arn = "arn:aws:omics:us-east-1:123456789012:variantStore/my_store"
	index := omics.ReferenceFileIndex
	tests := []struct {
		name, method, target, body string
		header                     []string
		status                     int
		got                        func() any
		want                       any
	}{
		{"file, part and range", "GET", "/referencestore/1234567890/reference/0987654321?partNumber=3&file=INDEX&x=y", "",
			[]string{"Range", "bytes=0-9"}, 200, func() any { return reference },
			&omics.GetReferenceIn{ReferenceStoreID: storeID, ID: "0987654321", PartNumber: 3, File: &index,
				Range: new("bytes=0-9")}},
		{"escaped ARN", "POST", "/tags/arn%3Aaws%3Aomics%3Aus-east-1%3A123456789012%3AvariantStore%2Fmy_store",
			`{"tags":{"a b":"é"}}`, nil, 204, func() any { return tag },
			&omics.TagResourceIn{ResourceArn: arn, Tags: omics.TagMap{"a b": "é"}}},
		{"ARN escaped in small letters", "POST", "/tags/arn:aws:omics:us-east-1:123456789012:variantStore%2fmy_store",
			`{"tags":{}}`, nil, 204, func() any { return tag },
			&omics.TagResourceIn{ResourceArn: arn, Tags: omics.TagMap{}}},
		{"several keys", "DELETE",
			"/tags/" + url.PathEscape(arn) + "?tagKeys=a%20b&tagKeys=a%3Ab&tagKeys=a-b&tagKeys=%C3%A9&tagKeys=", "", nil, 400,
			func() any { return untag }, (*omics.UntagResourceIn)(nil)},
		{"several good keys", "DELETE", "/tags/" + url.PathEscape(arn) +
			"?tagKeys=a%20b&tagKeys=a%3Ab&tagKeys=a-b&tagKeys=%C3%A9", "", nil, 204, func() any { return untag },
			&omics.UntagResourceIn{ResourceArn: arn, TagKeys: []string{"a b", "a:b", "a-b", "é"}}},
		{"decoded once", "GET", "/variantStore/a%252Fb", "", nil, 200, func() any { return store },
			&omics.GetVariantStoreIn{Name: "a%2Fb"}},
		{"escaped slash and dots", "GET", "/variantStore/..%2F..%2Fetc", "", nil, 200, func() any { return store },
			&omics.GetVariantStoreIn{Name: "../../etc"}},
		{"plus is a plus in a path", "GET", "/variantStore/a+b", "", nil, 200, func() any { return store },
			&omics.GetVariantStoreIn{Name: "a+b"}},
		{"force", "DELETE", "/variantStore/store?force=true", "", nil, 200, func() any { return remove },
			&omics.DeleteVariantStoreIn{Name: "store", Force: true}},
		{"no force", "DELETE", "/variantStore/store?force=false", "", nil, 200, func() any { return remove },
			&omics.DeleteVariantStoreIn{Name: "store"}},
		{"force in words", "DELETE", "/variantStore/store?force=yes", "", nil, 400, func() any { return remove },
			(*omics.DeleteVariantStoreIn)(nil)},
		{"page", "POST", "/variantStores?maxResults=7&nextToken=a%2Bb%3D", "{}", nil, 200, func() any { return list },
			&omics.ListVariantStoresIn{MaxResults: new(7), NextToken: new("a+b=")}},
		{"no body", "POST", "/variantStores", "", nil, 200, func() any { return list }, &omics.ListVariantStoresIn{}},
		{"page of words", "POST", "/variantStores?maxResults=many", "{}", nil, 400, func() any { return list },
			(*omics.ListVariantStoresIn)(nil)},
		{"page of nothing", "POST", "/variantStores?maxResults=", "{}", nil, 400, func() any { return list },
			(*omics.ListVariantStoresIn)(nil)},
		{"page past 32 bits", "POST", "/variantStores?maxResults=4294967297", "{}", nil, 400, func() any { return list },
			(*omics.ListVariantStoresIn)(nil)},
		{"two pages", "POST", "/variantStores?maxResults=1&maxResults=2", "{}", nil, 400, func() any { return list },
			(*omics.ListVariantStoresIn)(nil)},
		{"two ranges", "GET", "/referencestore/1234567890/reference/0987654321?partNumber=3", "",
			[]string{"Range", "0-1", "Range", "2-3"}, 400, func() any { return reference }, (*omics.GetReferenceIn)(nil)},
		{"path not UTF-8", "GET", "/variantStore/%FF", "", nil, 400, func() any { return store },
			(*omics.GetVariantStoreIn)(nil)},
		{"query not UTF-8", "POST", "/variantStores?nextToken=%FF", "{}", nil, 400, func() any { return list },
			(*omics.ListVariantStoresIn)(nil)},
		{"query with a semicolon", "POST", "/variantStores?nextToken=a;b=c", "{}", nil, 400, func() any { return list },
			(*omics.ListVariantStoresIn)(nil)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reference, tag, untag, store, remove, list = nil, nil, nil, nil, nil, nil
			a := s.send(t, test.method, test.target, test.body, test.header...)
			if a.status != test.status {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			if test.status == 400 && a.code != "ValidationException" {
				t.Errorf("code %s", a.code)
			}
			if diff := cmp.Diff(test.want, test.got()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	at := omics.Time{}
	s := newRawServer(t, nil,
		op("GetVariantImportJob", func(context.Context, *omics.GetVariantImportJobIn) (*omics.GetVariantImportJobOut, error) {
			return &omics.GetVariantImportJobOut{ID: jobID, CreationTime: at, UpdateTime: at, StatusMessage: "a<b>&c"}, nil
		}),
		op("CancelVariantImportJob", func(context.Context, *omics.CancelVariantImportJobIn) (*omics.CancelVariantImportJobOut,
			error) {
			return &omics.CancelVariantImportJobOut{}, nil
		}),
		op("UntagResource", func(context.Context, *omics.UntagResourceIn) (*omics.UntagResourceOut, error) {
			return &omics.UntagResourceOut{}, nil
		}),
	)
	a := s.send(t, "GET", "/import/variant/"+jobID, "")
	want := `{"creationTime":"0001-01-01T00:00:00.000000Z","destinationName":"","id":"` + jobID +
		`","items":[],"roleArn":"","runLeftNormalization":false,"status":"","statusMessage":"a<b>&c","updateTime":"0001-01-01T00:00:00.000000Z"}`
	if a.status != 200 || a.body != want || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("status %d, %s\n%s\nwant\n%s", a.status, a.header.Get("Content-Type"), a.body, want)
	}
	if a := s.send(t, "DELETE", "/import/variant/"+jobID, ""); a.status != 200 || a.body != "" ||
		a.header.Get("Content-Length") != "0" {
		t.Errorf("an Out without members: status %d, %q, %v", a.status, a.body, a.header)
	}
	if a := s.send(t, "DELETE", "/tags/arn%3Ax?tagKeys=a", ""); a.status != 204 || a.body != "" {
		t.Errorf("no content: status %d, %q", a.status, a.body)
	}
}

// toMillisecond compares times of storage operations as far as they are written.
var toMillisecond = cmp.Comparer(func(a, b omics.StorageTime) bool {
	return a.Truncate(time.Millisecond).Equal(b.Truncate(time.Millisecond))
})

// FuzzDecode: whatever a client sends, decoding does not panic; and what it
// accepts means the same when it is written out and read again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"destinationName":"a","items":[{"source":"s3://b/k"}],"annotationFields":{"VEP":"CSQ"},"runLeftNormalization":true}`), "a=b")
	f.Add([]byte(`{"filter":{"createdAfter":"2022-08-24T20:34:19.229500Z","name":"x"}}`), "maxResults=1&nextToken=x")
	f.Add([]byte(`{"name":"x","tags":{"a":"b"},"sseConfig":{"type":"KMS","keyArn":null},"reference":{"referenceArn":"arn:x"}}`), "force=true&tagKeys=a&tagKeys=b")
	f.Add([]byte(`{"storeFormat":"TSV","storeOptions":{"tsvStoreOptions":{"annotationType":"CHR_POS","formatToHeader":{"CHR":"c"},"schema":[{"c":"STRING"},{"p":"LONG"}]}}}`), "")
	f.Add([]byte(`{"versionName":"v_1","versions":["v_1"],"formatOptions":{"tsvOptions":{"readOptions":{"sep":"\t","header":true}},"vcfOptions":{"ignoreQualField":false}}}`), "force=false")
	f.Add([]byte(`{"resourceOwner":"SELF","filter":{"resourceArns":["arn:x"],"status":["ACTIVE"],"type":["VARIANT_STORE"]}}`), "maxResults=1")
	f.Add([]byte(`[`), "%zz;")
	members := map[reflect.Type][]inMember{}
	for _, c := range neededOf {
		typ := reflect.TypeOf(c.in).Elem()
		members[typ] = membersOf(typ)
	}
	f.Fuzz(func(t *testing.T, body []byte, query string) {
		r := httptest.NewRequest("POST", "/", nil)
		r.URL.RawQuery = query
		r.Header.Set("Range", query)
		for typ, members := range members {
			first, second := reflect.New(typ), reflect.New(typ)
			if err := decode(first.Elem(), members, request{Request: r, body: body}); err != nil {
				if e, ok := err.(*omics.Error); !ok || e.Code != omics.CodeValidation {
					t.Fatalf("%s: %v", typ, err)
				}
				continue
			}
			_ = first.Interface().(interface{ Validate() error }).Validate() // must not panic
			again, err := json.Marshal(first.Interface())
			if err != nil {
				continue // a year of five digits
			}
			if err := decode(second.Elem(), members, request{Request: r, body: again}); err != nil {
				t.Fatalf("%s: own words %s: %v", typ, again, err)
			}
			if diff := cmp.Diff(first.Interface(), second.Interface(), cmpopts.EquateEmpty(), toMillisecond); diff != "" {
				t.Fatalf("%s: %s", typ, diff)
			}
		}
	})
}
