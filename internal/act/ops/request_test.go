package ops

import (
	"errors"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

// invalid wants a ValidationException that begins so.
func invalid(t *testing.T, what string, err error, want string) {
	t.Helper()
	var refusal *omics.Error
	if !errors.As(err, &refusal) || refusal.Code != omics.CodeValidation || !strings.HasPrefix(refusal.Message, want) {
		t.Errorf("%s: %v\nwant a ValidationException: %s", what, err, want)
	}
}

// TestLayoutChecks: what the model lets pass and no table can be made of is refused by store and version alike, with
// its path.
func TestLayoutChecks(t *testing.T) {
	f := newFixture(t)
	f.annotations(t, f.ctx, "clinvar", omics.FormatTSV)
	chrPos := func(change func(*omics.TsvStoreOptions)) *omics.TsvStoreOptions {
		o := genericLayout("chrom", "gene")
		o.Schema = append(o.Schema, map[string]omics.SchemaValueType{"at": omics.SchemaLong})
		o.AnnotationType, o.FormatToHeader = ptr(omics.AnnotationChrPos),
			map[omics.FormatToHeaderKey]string{omics.HeaderChr: "#Chrom", omics.HeaderPos: "at"}
		change(o)
		return o
	}
	for name, c := range map[string]struct {
		layout *omics.TsvStoreOptions
		want   string
	}{
		"no schema":        {&omics.TsvStoreOptions{}, "schema must have at least one column"},
		"a column twice":   {genericLayout("x", "x"), "schema: column x is there twice"},
		"a column of ours": {genericLayout("information"), "schema: column information clashes"},
		"no header of a key": {chrPos(func(o *omics.TsvStoreOptions) { delete(o.FormatToHeader, omics.HeaderPos) }),
			"formatToHeader must name the column of POS"},
		"an unknown header": {chrPos(func(o *omics.TsvStoreOptions) { o.FormatToHeader[omics.HeaderPos] = "pos" }),
			`formatToHeader: POS is "pos", which is not a column of the schema`},
		"text for a place": {chrPos(func(o *omics.TsvStoreOptions) { o.FormatToHeader[omics.HeaderPos] = "gene" }),
			"formatToHeader: POS is column gene of type STRING; it must be INT or LONG"},
		"a second end": {chrPos(func(o *omics.TsvStoreOptions) {
			o.Schema = append(o.Schema,
				genericLayout("end").Schema...)
		}), "schema: column end clashes"},
	} {
		store := &omics.CreateAnnotationStoreIn{Name: ptr("fresh"), StoreFormat: omics.FormatTSV,
			StoreOptions: &omics.StoreOptions{TsvStoreOptions: c.layout}}
		version := &omics.CreateAnnotationStoreVersionIn{Name: "clinvar", VersionName: "v_2",
			VersionOptions: &omics.VersionOptions{TsvVersionOptions: c.layout}}
		checkValid(t, store)
		checkValid(t, version)
		_, err := f.CreateAnnotationStore(f.ctx, store)
		invalid(t, name, err, "storeOptions.tsvStoreOptions: "+c.want)
		_, err = f.CreateAnnotationStoreVersion(f.ctx, version)
		invalid(t, name, err, "versionOptions.tsvVersionOptions: "+c.want)
	}
	good := chrPos(func(*omics.TsvStoreOptions) {})
	call(t, f.CreateAnnotationStoreVersion, f.ctx, &omics.CreateAnnotationStoreVersionIn{Name: "clinvar",
		VersionName: "v_2", VersionOptions: &omics.VersionOptions{TsvVersionOptions: good}})
	call(t, f.CreateAnnotationStore, f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("fresh"),
		StoreFormat: omics.FormatTSV, StoreOptions: &omics.StoreOptions{TsvStoreOptions: good}})
}

// TestOptionsThatDoNotFitTheFormat of a store.
func TestOptionsThatDoNotFitTheFormat(t *testing.T) {
	f := newFixture(t)
	f.limits.AnnotationStores = 9
	tsv := genericLayout("x")
	for format, options := range map[omics.StoreFormat]*omics.StoreOptions{omics.FormatVCF: {TsvStoreOptions: tsv},
		omics.FormatGFF: {TsvStoreOptions: tsv}} {
		_, err := f.CreateAnnotationStore(f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("fresh"), StoreFormat: format,
			StoreOptions: options})
		invalid(t, string(format), err, "storeOptions.tsvStoreOptions do not apply to the format "+string(format)+".")
	}
	_, err := f.CreateAnnotationStore(f.ctx, &omics.CreateAnnotationStoreIn{Name: ptr("fresh"),
		StoreFormat: omics.FormatTSV})
	invalid(t, "none", err, "A store of format TSV needs storeOptions.tsvStoreOptions with a schema.")

	for _, format := range []omics.StoreFormat{omics.FormatVCF, omics.FormatGFF, omics.FormatTSV} {
		name := "of_" + strings.ToLower(string(format))
		f.annotations(t, f.ctx, name, format)
		if format != omics.FormatTSV {
			_, err := f.CreateAnnotationStoreVersion(f.ctx, &omics.CreateAnnotationStoreVersionIn{Name: name, VersionName: "v_2",
				VersionOptions: &omics.VersionOptions{TsvVersionOptions: tsv}})
			invalid(t, name, err, "versionOptions.tsvVersionOptions do not apply to the format "+string(format)+".")
		}
		for member, options := range map[string]*omics.FormatOptions{"tsvOptions": {TsvOptions: &omics.TsvOptions{}},
			"vcfOptions": {VcfOptions: &omics.VcfOptions{}}} {
			if strings.HasPrefix(member, strings.ToLower(string(format))) {
				continue
			}
			in := startAnnotationIn(name)
			in.FormatOptions = options
			checkValid(t, in)
			_, err := f.StartAnnotationImportJob(f.ctx, in)
			invalid(t, name, err, "formatOptions."+member+" do not apply to an annotation store of format "+string(format)+".")
		}
		in := startAnnotationIn(name)
		in.RunLeftNormalization = true
		_, err := f.StartAnnotationImportJob(f.ctx, in)
		if format != omics.FormatVCF { // GFF, and a TSV file without alleles: it means nothing
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		invalid(t, name, err, "runLeftNormalization needs a reference, and annotation store: "+name+" has none.")
	}
}

func TestReadOptionsChecks(t *testing.T) {
	f := newFixture(t)
	f.limits.ConcurrentJobs = 99
	f.annotations(t, f.ctx, "genes", omics.FormatTSV)
	start := func(o *omics.ReadOptions) *omics.StartAnnotationImportJobIn {
		in := startAnnotationIn("genes")
		in.FormatOptions = &omics.FormatOptions{TsvOptions: &omics.TsvOptions{ReadOptions: o}}
		checkValid(t, in)
		return in
	}
	for want, o := range map[string]*omics.ReadOptions{
		`sep must not end with a single backslash`:         {Sep: ptr(`\`)},
		`encoding "UTF-16" is not supported`:               {Encoding: ptr("UTF-16")},
		`lineSep "ab" is not supported`:                    {LineSep: ptr("ab")},
		`comment must be one ASCII character, not "é"`:     {Comment: ptr("é")},
		`quote must be one ASCII character`:                {Quote: ptr("«")},
		`escape must be one ASCII character`:               {Escape: ptr("…")},
		`comment must differ from sep and quote`:           {Comment: ptr("\t")}, // the default separator
		`sep and readOptions.quote must differ`:            {Sep: ptr(`"`)},      // the default quote
		`lineSep must differ from quote, escape and comme`: {LineSep: ptr(`"`)},
	} {
		_, err := f.StartAnnotationImportJob(f.ctx, start(o))
		invalid(t, want, err, "formatOptions.tsvOptions.readOptions."+want)
	}
	for _, o := range []*omics.ReadOptions{nil, {}, {Sep: ptr(","), Header: ptr(false)},
		{Sep: ptr("||"), Quote: ptr("'"), Comment: ptr("#"), Encoding: ptr("latin1"), LineSep: ptr("\r\n")}} {
		call(t, f.StartAnnotationImportJob, f.ctx, start(o))
	}
}
