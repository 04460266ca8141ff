package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/wire/omics"
)

// What the API calls invalid is said in the command line's words: no member of a request, no pattern, no exception.
func TestWords(t *testing.T) {
	text := func(s string) *string { return &s }
	create := func(name string, layout *omics.TsvStoreOptions) error {
		in := &omics.CreateAnnotationStoreIn{Name: &name, StoreFormat: omics.FormatTSV}
		if layout != nil {
			in.StoreOptions = &omics.StoreOptions{TsvStoreOptions: layout}
		}
		return in.Validate()
	}
	load := func(change func(*omics.StartAnnotationImportJobIn)) error {
		in := &omics.StartAnnotationImportJobIn{DestinationName: "genes", RoleArn: "arn:aws:iam::123456789012:role/x",
			Items: []omics.AnnotationImportItemSource{{Source: "s3://bucket/key"}}}
		change(in)
		return in.Validate()
	}
	const name = " must be 3 to 255 lower-case letters, digits and underscores, beginning with a letter, not "
	kind := omics.AnnotationType("FOO")
	for want, err := range map[string]error{
		"the store's name" + name + "'BAD-NAME'": create("BAD-NAME", nil),
		"the store's name" + name + "'ok'":       create("ok", nil),
		"--column must be one of long, int, string, float, double, boolean, not 'a:text'": create("genes",
			&omics.TsvStoreOptions{
				Schema: []map[string]omics.SchemaValueType{{"a": "TEXT"}}}),
		"--type must be one of generic, chr_pos, chr_pos_ref_alt, chr_start_end_one_base, chr_start_end_ref_alt_one_base, chr_start_end_zero_base, chr_start_end_ref_alt_zero_base, not 'foo'": create("genes",
			&omics.TsvStoreOptions{AnnotationType: &kind, Schema: []map[string]omics.SchemaValueType{{"a": "STRING"}}}),
		"--column must be NAME:TYPE with a name of 1 to 255 lower-case letters, digits and underscores, not 'Chrom:string'": create(
			"genes", &omics.TsvStoreOptions{Schema: []map[string]omics.SchemaValueType{{"Chrom": "STRING"}}}),
		"--name must be 1 to 256 letters, digits, underscores and hyphens, not 'a b'": (&omics.CreateShareIn{
			ShareName: text("a b"), PrincipalSubscriber: "123456789012",
			ResourceArn: "arn:aws:omics:us-east-1:123456789012:variantStore/people"}).Validate(),
		"the reference's name (--name) must be without line breaks and other control characters, not 'a\nb'": (&omics.StartReferenceImportJobIn{ReferenceStoreID: "1234567890", RoleArn: "arn:aws:iam::123456789012:role/x",
			Sources: []omics.StartReferenceImportJobSourceItem{{SourceFile: "s3://bucket/key", Name: "a\nb"}},
		}).Validate(),
		"--role-arn must be an ARN, which begins with arn:, not 'role/of-the-account-x'": load(
			func(in *omics.StartAnnotationImportJobIn) { in.RoleArn = "role/of-the-account-x" }),
		"the version's name" + name +
			"'V1'": load(func(in *omics.StartAnnotationImportJobIn) { in.VersionName = text("V1") }),
		"--comment must be at most 1 characters, not '##'; --line-sep must be at least 1 characters, not ''": load(
			func(in *omics.StartAnnotationImportJobIn) {
				in.FormatOptions = &omics.FormatOptions{
					TsvOptions: &omics.TsvOptions{ReadOptions: &omics.ReadOptions{Comment: text("##"), LineSep: text("")}}}
			}),
		"--vep or --null-value must be 1 to 21 characters, not '0123456789012345678901'": load(
			func(in *omics.StartAnnotationImportJobIn) {
				in.AnnotationFields = map[string]string{"nullValue": "0123456789012345678901"}
			}),
		"the source must be a file or s3://BUCKET/KEY, not 's3://x'": load(
			func(in *omics.StartAnnotationImportJobIn) { in.Items[0].Source = "s3://x" }),
		"the job's id must be as varlake job list shows it, not 'x'": (&omics.GetVariantImportJobIn{
			JobID: "x"}).Validate(),
		"A store of format TSV needs columns: --column NAME:TYPE for each.": omics.Validation(
			"A store of format TSV needs storeOptions.tsvStoreOptions with a schema."),
		"--map must name the column of CHR: --type CHR_POS requires CHR, POS": omics.Validation(
			"storeOptions.tsvStoreOptions: formatToHeader must name the column of CHR: annotationType CHR_POS requires CHR, POS"),
		`--encoding "foo" is not supported`: omics.Validation(
			`formatOptions.tsvOptions.readOptions.encoding "foo" is not supported`),
		"there is one": omics.Conflict("there is one"),
		"Import job with id: x was not found.": omics.NotFound(
			"Import job with jobId: x was not found."),
		"the request was refused": &omics.Error{Code: omics.CodeThrottling},
		"list stores: User: x is not authorized": fmt.Errorf("list stores: %w",
			omics.AccessDenied("User: x is not authorized")),
		"no file": errors.New("no file"),
		"make it: the store's name" + name + "'A'": fmt.Errorf("make it: %w", create("A", nil)),
	} {
		if got := words(err); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Hints of import jobs, which name the API's options and flags, are said in flags.
func TestHintFlags(t *testing.T) {
	for _, c := range [][2]string{
		{`Line 2; if it marks a missing value, name it: annotationFields {"nullValue": ".,NA"}, or --null-value ".,NA" [x.tsv]`,
			`Line 2; if it marks a missing value, name it: --null-value ".,NA" [x.tsv]`},
		{`x; if these mark missing values, name them: annotationFields {"nullValue": "."}, or --null-value "."`,
			`x; if these mark missing values, name them: --null-value "."`},
		{`x; it needs readOptions {"comment": "#", "sep": ","} and annotationFields {"nullValue": "."}, or --comment "#" --sep "," --null-value "."`,
			`x; it needs --comment "#" --sep "," --null-value "."`},
		{`x; when lines that begin with # are comments, set readOptions.comment to "#", or --comment "#"`,
			`x; when lines that begin with # are comments, give --comment "#"`},
		{"x; when the file has no header, set readOptions.header to false, or --no-header",
			"x; when the file has no header, give --no-header"},
		{"x; when this line is the header, leave readOptions.header, or --no-header, out",
			"x; when this line is the header, leave --no-header out"},
		{`x; when these end lines, set readOptions.lineSep to "\r"`,
			`x; when these end lines, set --line-sep to "\r"`},
		{`x; when quotes are data, set readOptions.quote to "\u0000"`,
			`x; when quotes are data, set --quote to ""`},
		{"is not valid UTF-8; set readOptions.encoding to the file's",
			"is not valid UTF-8; set --encoding to the file's"},
		{"2 failed, each for the reason that GetVariantImportJob and varlake job get show of it",
			"2 failed, each for the reason that varlake job get shows of it"},
		{"Imported 3 records as 3 rows.",
			"Imported 3 records as 3 rows."},
	} {
		if got := hintFlags(c[0]); got != c[1] {
			t.Errorf("got  %s\nwant %s", got, c[1])
		}
	}
}

// Every path that a request may be refused for has words.
func TestEveryViolationHasWords(t *testing.T) {
	api := regexp.MustCompile(`Member|constraint|pattern|[a-z][A-Z]`)
	for _, in := range []interface{ Validate() error }{
		&omics.CreateVariantStoreIn{}, &omics.CreateAnnotationStoreIn{}, &omics.CreateAnnotationStoreVersionIn{},
		&omics.StartVariantImportJobIn{}, &omics.StartAnnotationImportJobIn{},
		&omics.ListVariantImportJobsIn{}, &omics.CreateShareIn{}, &omics.CancelVariantImportJobIn{},
	} {
		if err := in.Validate(); err != nil {
			if got := words(err); api.MatchString(strings.ReplaceAll(got, "nullValue", "")) {
				t.Errorf("%T: %s", in, got)
			}
		}
	}
}

// A request refused for what the command line gave is wrong usage; one refused for how things are is an error.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{usageError{(&omics.GetVariantImportJobIn{JobID: "abc"}).Validate()}, exitUsage},
		{omics.Validation("A store of format TSV needs storeOptions.tsvStoreOptions with a schema."), exitUsage},
		{omics.Validation("formatOptions.vcfOptions do not apply to an annotation store of format GFF."), exitUsage},
		{omics.Validation(`"1:5-2" is not a region: CONTIG, CONTIG:POS or CONTIG:FROM-TO, from 1.`), exitUsage},
		{omics.Validation("Variant import job with jobId: x has ended and can not be cancelled."), exitError},
		{omics.Validation("Version with versionName: v1 of annotation store: x is not ACTIVE."), exitError},
		{omics.NotFound("There is no store x."), exitNotFound},
	} {
		if got := exitCode(c.err); got != c.code {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.code)
		}
	}
	refused := usageError{(&omics.GetVariantImportJobIn{JobID: "abc"}).Validate()}
	if got := words(refused); !strings.HasPrefix(got, "the job's id ") {
		t.Errorf("words are %q", got)
	}
}
