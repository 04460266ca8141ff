package omics

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
)

// model is the part of the public service model that the tests read.
type model struct {
	Operations map[string]modelOperation
	Shapes     map[string]shape
}

type modelOperation struct {
	Errors        []string
	HostPrefix    string
	Idempotent    bool
	Input, Output string
	Method, URI   string
	Status        int
}

type shape struct {
	Type       string
	Members    map[string]member
	Required   []string
	Union      bool
	Enum       []string
	Pattern    string
	Min, Max   *int64
	Member     string
	Key, Value string
	Payload    string
	Error      struct{ HTTPStatusCode int }
}

type member struct{ Shape, Location, LocationName string }

// modelFile is beside the checkout.
const modelFile = "shared/spec/omics-analytics-model.json"

func loadModel(t *testing.T) model {
	t.Helper()
	data, err := os.ReadFile("../../../../" + modelFile)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the service model must be there in CI: %v", err)
		}
		t.Skipf("the service model is not beside this checkout: %v", err)
	}
	var m model
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// binding ties an operation to its structs.
type binding struct{ in, out any }

var bindings = map[string]binding{
	"CreateReferenceStore":          {CreateReferenceStoreIn{}, CreateReferenceStoreOut{}},
	"GetReferenceStore":             {GetReferenceStoreIn{}, GetReferenceStoreOut{}},
	"ListReferenceStores":           {ListReferenceStoresIn{}, ListReferenceStoresOut{}},
	"DeleteReferenceStore":          {DeleteReferenceStoreIn{}, DeleteReferenceStoreOut{}},
	"StartReferenceImportJob":       {StartReferenceImportJobIn{}, StartReferenceImportJobOut{}},
	"GetReferenceImportJob":         {GetReferenceImportJobIn{}, GetReferenceImportJobOut{}},
	"ListReferenceImportJobs":       {ListReferenceImportJobsIn{}, ListReferenceImportJobsOut{}},
	"ListReferences":                {ListReferencesIn{}, ListReferencesOut{}},
	"GetReferenceMetadata":          {GetReferenceMetadataIn{}, GetReferenceMetadataOut{}},
	"GetReference":                  {GetReferenceIn{}, GetReferenceOut{}},
	"DeleteReference":               {DeleteReferenceIn{}, DeleteReferenceOut{}},
	"CreateVariantStore":            {CreateVariantStoreIn{}, CreateVariantStoreOut{}},
	"GetVariantStore":               {GetVariantStoreIn{}, GetVariantStoreOut{}},
	"UpdateVariantStore":            {UpdateVariantStoreIn{}, UpdateVariantStoreOut{}},
	"DeleteVariantStore":            {DeleteVariantStoreIn{}, DeleteVariantStoreOut{}},
	"ListVariantStores":             {ListVariantStoresIn{}, ListVariantStoresOut{}},
	"StartVariantImportJob":         {StartVariantImportJobIn{}, StartVariantImportJobOut{}},
	"GetVariantImportJob":           {GetVariantImportJobIn{}, GetVariantImportJobOut{}},
	"CancelVariantImportJob":        {CancelVariantImportJobIn{}, CancelVariantImportJobOut{}},
	"ListVariantImportJobs":         {ListVariantImportJobsIn{}, ListVariantImportJobsOut{}},
	"CreateAnnotationStore":         {CreateAnnotationStoreIn{}, CreateAnnotationStoreOut{}},
	"GetAnnotationStore":            {GetAnnotationStoreIn{}, GetAnnotationStoreOut{}},
	"UpdateAnnotationStore":         {UpdateAnnotationStoreIn{}, UpdateAnnotationStoreOut{}},
	"DeleteAnnotationStore":         {DeleteAnnotationStoreIn{}, DeleteAnnotationStoreOut{}},
	"ListAnnotationStores":          {ListAnnotationStoresIn{}, ListAnnotationStoresOut{}},
	"CreateAnnotationStoreVersion":  {CreateAnnotationStoreVersionIn{}, CreateAnnotationStoreVersionOut{}},
	"GetAnnotationStoreVersion":     {GetAnnotationStoreVersionIn{}, GetAnnotationStoreVersionOut{}},
	"UpdateAnnotationStoreVersion":  {UpdateAnnotationStoreVersionIn{}, UpdateAnnotationStoreVersionOut{}},
	"DeleteAnnotationStoreVersions": {DeleteAnnotationStoreVersionsIn{}, DeleteAnnotationStoreVersionsOut{}},
	"ListAnnotationStoreVersions":   {ListAnnotationStoreVersionsIn{}, ListAnnotationStoreVersionsOut{}},
	"StartAnnotationImportJob":      {StartAnnotationImportJobIn{}, StartAnnotationImportJobOut{}},
	"GetAnnotationImportJob":        {GetAnnotationImportJobIn{}, GetAnnotationImportJobOut{}},
	"CancelAnnotationImportJob":     {CancelAnnotationImportJobIn{}, CancelAnnotationImportJobOut{}},
	"ListAnnotationImportJobs":      {ListAnnotationImportJobsIn{}, ListAnnotationImportJobsOut{}},
	"CreateShare":                   {CreateShareIn{}, CreateShareOut{}},
	"AcceptShare":                   {AcceptShareIn{}, AcceptShareOut{}},
	"GetShare":                      {GetShareIn{}, GetShareOut{}},
	"DeleteShare":                   {DeleteShareIn{}, DeleteShareOut{}},
	"ListShares":                    {ListSharesIn{}, ListSharesOut{}},
	"TagResource":                   {TagResourceIn{}, TagResourceOut{}},
	"UntagResource":                 {UntagResourceIn{}, UntagResourceOut{}},
	"ListTagsForResource":           {ListTagsForResourceIn{}, ListTagsForResourceOut{}},
}

func TestOperationsFollowModel(t *testing.T) {
	m := loadModel(t)
	for _, op := range Operations {
		b, ok := bindings[op.Name]
		if !ok {
			t.Errorf("%s: bindings of model_test.go has no structs of it", op.Name)
			continue
		}
		for _, d := range m.strays(op, b) {
			t.Error(d)
		}
	}
	for name := range bindings {
		if !slices.ContainsFunc(Operations, func(op Operation) bool { return op.Name == name }) {
			t.Errorf("%s: bindings of model_test.go has it, the contract does not", name)
		}
	}
}

// TestOperationsAreTheModels: none is missing, none is there twice.
func TestOperationsAreTheModels(t *testing.T) {
	modelled, seen := loadModel(t).Operations, map[string]bool{}
	for _, op := range Operations {
		if _, ok := modelled[op.Name]; !ok || seen[op.Name] {
			t.Errorf("%s: there twice, or not in %s", op.Name, modelFile)
		}
		seen[op.Name] = true
	}
	for name := range modelled {
		if !seen[name] {
			t.Errorf("%s: Operations has no row of it", name)
		}
	}
}

func TestCodesFollowModel(t *testing.T) {
	m := loadModel(t)
	n := 0
	for name, s := range m.Shapes {
		if s.Error.HTTPStatusCode == 0 {
			continue
		}
		n++
		if got := Code(name).HTTPStatus(); got != s.Error.HTTPStatusCode {
			t.Errorf("%s: status %d, the model says %d", name, got, s.Error.HTTPStatusCode)
		}
	}
	if n < 9 {
		t.Errorf("the model names only %d errors", n)
	}
}

// strays lists every way in which an operation and its structs differ from
// the model.
func (m model) strays(op Operation, b binding) []string {
	want, ok := m.Operations[op.Name]
	if !ok {
		return []string{op.Name + ": not in the model of AWS's service, " + modelFile}
	}
	var codes []string
	for _, c := range op.Errors {
		codes = append(codes, string(c))
	}
	got := modelOperation{codes, op.HostPrefix, op.Idempotent, want.Input, want.Output, op.Method, op.Path, op.Status}
	var list []string
	if !reflect.DeepEqual(got, want) {
		list = append(list, fmt.Sprintf("%s: operation is %+v, the model says %+v", op.Name, got, want))
	}
	timeType := reflect.TypeFor[Time]()
	if op.HostPrefix == controlHost || op.HostPrefix == storageHost {
		timeType = reflect.TypeFor[StorageTime]()
	}
	w := walk{m: m, timeType: timeType}
	w.in = true
	w.structure(op.Name+"In", reflect.TypeOf(b.in), want.Input)
	w.in = false
	w.structure(op.Name+"Out", reflect.TypeOf(b.out), want.Output)
	return append(list, w.list...)
}

// walk compares Go types with model shapes.
type walk struct {
	m        model
	timeType reflect.Type
	in       bool
	list     []string
}

func (w *walk) strayf(path, format string, args ...any) {
	w.list = append(w.list, path+": "+fmt.Sprintf(format, args...))
}

// field is a struct field as its tags describe it.
type field struct {
	reflect.StructField
	name, location string
	omitted        bool // json omitempty
}

// fieldsOf reads the tags; a field outside the wire has no location.
func fieldsOf(t reflect.Type) []field {
	var list []field
	for f := range t.Fields() {
		body, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		x := field{StructField: f, name: body, location: "body", omitted: opts == "omitempty"}
		if body == "-" {
			x.name, x.location = "", ""
		}
		for _, tag := range []string{"uri", "query", "header", "payload"} {
			if name, ok := f.Tag.Lookup(tag); ok {
				x.name, x.location = name, tag
			}
		}
		list = append(list, x)
	}
	return list
}

func (w *walk) structure(path string, t reflect.Type, shapeName string) {
	s, ok := w.m.Shapes[shapeName]
	if !ok || t.Kind() != reflect.Struct {
		w.strayf(path, "%s is no structure for shape %s", t, shapeName)
		return
	}
	wire := map[string]string{} // the name on the wire to the member's
	for name, mem := range s.Members {
		wire[cmp.Or(mem.LocationName, name)] = name
	}
	seen := map[string]bool{}
	for _, f := range fieldsOf(t) {
		at := path + "." + f.Name
		if f.location == "" {
			if s.Payload == "" {
				w.strayf(at, "a field off the wire, yet the shape streams nothing")
			}
			continue
		}
		name, ok := wire[f.name]
		if !ok {
			w.strayf(at, "the model has no member %q", f.name)
			continue
		}
		mem := s.Members[name]
		seen[name] = true
		w.location(at, f, mem, s.Payload)
		w.presence(at, f, w.m.Shapes[mem.Shape], slices.Contains(s.Required, name))
		w.fits(at, f.Type, mem.Shape)
	}
	for name := range s.Members {
		if !seen[name] {
			w.strayf(path, "member %q is missing", name)
		}
	}
	if !w.in {
		w.emits(path, t, s)
	}
}

func (w *walk) location(path string, f field, mem member, payload string) {
	want := map[string]string{"": "body", "uri": "uri", "querystring": "query", "header": "header"}[mem.Location]
	if f.name == payload {
		want = "payload"
	}
	if f.location != want {
		w.strayf(path, "travels in %s, the model says %s", f.location, want)
	}
}

// presence checks that the Go type can say what the model lets a caller say.
func (w *walk) presence(path string, f field, s shape, required bool) {
	pointer := f.Type.Kind() == reflect.Pointer
	scalar := slices.Contains([]string{"string", "integer", "long", "timestamp"}, s.Type)
	switch {
	case w.in && !required && scalar && !pointer:
		w.strayf(path, "optional, yet no pointer")
	case w.in && required && scalar && pointer:
		w.strayf(path, "required, yet a pointer")
	case w.in && !required && s.Type == "structure" && !pointer:
		w.strayf(path, "optional structure, yet no pointer")
	case !w.in && required && (pointer || f.omitted):
		w.strayf(path, "required, yet it may be left out")
	case !w.in && !required && pointer && !f.omitted:
		w.strayf(path, "optional, yet written as null")
	}
}

// emits marshals the zero value: what the model requires must be there.
func (w *walk) emits(path string, t reflect.Type, s shape) {
	data, err := json.Marshal(reflect.Zero(t).Interface())
	if err != nil {
		w.strayf(path, "zero value: %v", err)
		return
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		w.strayf(path, "zero value: %v", err)
	}
	for _, name := range s.Required {
		if got[name] == nil {
			w.strayf(path, "the zero value leaves out required %q: %s", name, data)
		}
	}
	for name, v := range got {
		if v == nil {
			w.strayf(path, "the zero value writes %q as null", name)
		}
	}
}

func (w *walk) fits(path string, t reflect.Type, shapeName string) {
	s := w.m.Shapes[shapeName]
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch s.Type {
	case "structure":
		if s.Union {
			w.union(path, t)
		}
		w.structure(path, t, shapeName)
	case "list":
		if t.Kind() != reflect.Slice {
			w.strayf(path, "%s is no slice", t)
			return
		}
		w.fits(path+"[]", t.Elem(), s.Member)
	case "map":
		if t.Kind() != reflect.Map {
			w.strayf(path, "%s is no map", t)
			return
		}
		w.fits(path+"{key}", t.Key(), s.Key)
		w.fits(path+"{value}", t.Elem(), s.Value)
	case "string":
		w.text(path, t, s)
	case "timestamp":
		if t != w.timeType {
			w.strayf(path, "%s, want %s", t, w.timeType)
		}
	default:
		want := map[string]reflect.Type{
			"boolean": reflect.TypeFor[bool](),
			"integer": reflect.TypeFor[int](),
			"long":    reflect.TypeFor[int64](),
			"blob":    reflect.TypeFor[io.ReadCloser](),
		}[s.Type]
		if t != want {
			w.strayf(path, "%s, want %v for a %s", t, want, s.Type)
		}
	}
}

// union: every member can be left out on the wire.
func (w *walk) union(path string, t reflect.Type) {
	for _, f := range fieldsOf(t) {
		if f.Type.Kind() != reflect.Pointer || !f.omitted {
			w.strayf(path+"."+f.Name, "a union's member must be an omitted pointer")
		}
	}
}

func (w *walk) text(path string, t reflect.Type, s shape) {
	if t.Kind() != reflect.String {
		w.strayf(path, "%s is no string", t)
		return
	}
	var got []string
	if e, ok := reflect.Zero(t).Interface().(interface{ values() []string }); ok {
		got = e.values()
	}
	want := slices.Clone(s.Enum)
	sorted := slices.Clone(got)
	sort.Strings(want)
	sort.Strings(sorted)
	if !slices.Equal(sorted, want) {
		w.strayf(path, "enum %v, the model says %v", got, s.Enum)
	}
}
