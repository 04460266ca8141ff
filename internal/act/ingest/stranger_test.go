package ingest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

// TestContigsThatTheReferenceLacks counts each once, whatever the number of its records and of workers, with and
// without normalisation.
func TestContigsThatTheReferenceLacks(t *testing.T) {
	var text strings.Builder
	text.WriteString(siteHeader)
	for _, contig := range []string{"chr1", "chrUn_1", "HLA-A*01:01", strings.Repeat("x", 200)} {
		for range 50_000 {
			text.WriteString(contig + "\t1\t.\tA\tC\t.\t.\t.\n")
		}
	}
	plain := func(_ *Reader, claim *meta.Claim) { claim.Job.Normalize = false }
	for _, c := range []struct {
		name   string
		change []func(*Reader, *meta.Claim)
		want   string // of the summary
	}{
		{"as it is", []func(*Reader, *meta.Claim){onReference(t, "ACGT"), plain},
			" Contigs not in the store's reference: 3 (first chrUn_1)."},
		{"left-normalised", []func(*Reader, *meta.Claim){onReference(t, "ACGT"), relaxing(vcf.RuleContig)},
			" Contigs not in the store's reference: 3 (first chrUn_1). Accepted: contig 150000 records"},
		{"without a reference", nil, "left normalization."},
	} {
		total, message := importText(t, strings.NewReader(text.String()), c.change...)
		if message != "" {
			t.Errorf("%s: %s", c.name, message)
			continue
		}
		got := Summary(total)
		if !strings.Contains(got, c.want) || c.change == nil && strings.Contains(got, "Contigs") {
			t.Errorf("%s: %s\nlacks %q", c.name, got, c.want)
		}
	}
}

// TestContigsOfAnnotationsThatTheReferenceLacks does so with GFF and TSV files, left-normalised or not; files without
// contigs and stores without a reference have none.
func TestContigsOfAnnotationsThatTheReferenceLacks(t *testing.T) {
	tsv := func(typ omics.AnnotationType, columns ...string) func(*Reader, *meta.Claim) {
		options := &omics.TsvStoreOptions{AnnotationType: &typ}
		if typ != omics.AnnotationGeneric {
			options.FormatToHeader = map[omics.FormatToHeaderKey]string{}
		}
		for _, column := range columns {
			name, kind, _ := strings.Cut(column, " ")
			if options.FormatToHeader != nil {
				options.FormatToHeader[omics.FormatToHeaderKey(name)] = name
			}
			options.Schema = append(options.Schema, map[string]omics.SchemaValueType{name: omics.SchemaValueType(kind)})
		}
		return func(_ *Reader, claim *meta.Claim) {
			claim.Job.Format = omics.FormatTSV
			claim.Table = meta.Table{Format: omics.FormatTSV, Options: &omics.VersionOptions{TsvVersionOptions: options}}
		}
	}
	gff := func(_ *Reader, claim *meta.Claim) { claim.Job.Format = omics.FormatGFF }
	plain := func(_ *Reader, claim *meta.Claim) { claim.Job.Normalize = false }
	place := tsv(omics.AnnotationChrStartEndOneBase, "CHR STRING", "START LONG", "END LONG")
	alleles := tsv(omics.AnnotationChrPosRefAlt, "CHR STRING", "POS LONG", "REF STRING", "ALT STRING")
	const want = " Contigs not in the store's reference: 3 (first chrUn_1)."
	for _, c := range []struct {
		name, header, row string // %s: the contig
		change            []func(*Reader, *meta.Claim)
		want              string // of the summary; empty: it speaks of none
	}{
		{"GFF", "##gff-version 3\n", "%s\t.\tgene\t1\t2\t.\t.\t.\tID=g\n",
			[]func(*Reader, *meta.Claim){onReference(t, "ACGT"), plain, gff}, want},
		{"GFF without a reference", "##gff-version 3\n", "%s\t.\tgene\t1\t2\t.\t.\t.\tID=g\n",
			[]func(*Reader, *meta.Claim){gff}, ""},
		{"TSV", "CHR\tSTART\tEND\n", "%s\t1\t2\n", []func(*Reader, *meta.Claim){onReference(t, "ACGT"), plain, place}, want},
		{"TSV, left-normalised", "CHR\tPOS\tREF\tALT\n", "%s\t1\tA\tC\n",
			[]func(*Reader, *meta.Claim){onReference(t, "ACGT"), relaxing(vcf.RuleContig), alleles}, want},
		{"TSV without a reference", "CHR\tSTART\tEND\n", "%s\t1\t2\n", []func(*Reader, *meta.Claim){place}, ""},
		{"TSV without contigs", "A\n", "%s\n", []func(*Reader, *meta.Claim){onReference(t, "ACGT"), plain,
			tsv(omics.AnnotationGeneric, "A STRING")}, ""},
	} {
		var text strings.Builder
		text.WriteString(c.header)
		for range 2 { // they need not stand together
			for _, contig := range []string{"chr1", "chrUn_1", "chr1", "HLA-A*01:01", strings.Repeat("x", 200)} {
				for range 5_000 {
					fmt.Fprintf(&text, c.row, contig)
				}
			}
		}
		total, message := importText(t, strings.NewReader(text.String()), c.change...)
		got := Summary(total)
		if message != "" || total.Records != 50_000 || !strings.Contains(got, c.want) || c.want == "" &&
			strings.Contains(got, "Contigs") {
			t.Errorf("%s: %d records, %s%s\nwant %q", c.name, total.Records, message, got, c.want)
		}
	}
}

// TestContigsOfOtherNames: what the reference calls them is told, and when it has none of the file's.
func TestContigsOfOtherNames(t *testing.T) {
	const rename = "rename the file's contigs (bcftools annotate --rename-chrs)"
	plain := func(_ *Reader, claim *meta.Claim) { claim.Job.Normalize = false }
	for _, c := range []struct{ contigs, plain, normalised string }{
		{"1", `2 (first 1); none of the file's contigs is in the store's reference; it has "chr1": ` + rename + ".",
			`contig "1" is not in the reference, which has "chr1": ` + rename + " (accepted with --relax contig) ["},
		{"chr1", "1 (first other).", `contig "other" is not in the reference (accepted with --relax contig) [`},
	} {
		text := siteHeader + c.contigs + "\t1\t.\tA\tC\t.\t.\t.\nother\t1\t.\tA\tC\t.\t.\t.\n"
		total, message := importText(t, strings.NewReader(text), onReference(t, "ACGT"), plain)
		if got := Summary(total); message != "" ||
			!strings.HasSuffix(got, " Contigs not in the store's reference: "+c.plain) {
			t.Errorf("%s%s", message, got)
		}
		if _, message := importText(t, strings.NewReader(text), onReference(t, "ACGT")); !strings.Contains(message,
			c.normalised) {
			t.Errorf("%s\nlacks %s", message, c.normalised)
		}
	}
}

// TestStrangersAreBounded: of too many different names some are counted.
func TestStrangersAreBounded(t *testing.T) {
	var many, more strangers
	more.known = true
	for i := range 200_000 {
		many.add(fmt.Sprint("contig", i), int64(200_000-i))
		many.add("contig1", 7)
	}
	more.add("early", 1)
	many.merge(&more)
	more.merge(&many)
	var total Tally
	more.into(&total)
	got := strangersNote(&total)
	if !strings.HasPrefix(got, " Contigs not in the store's reference: more than 1") ||
		!strings.HasSuffix(got, " (first early).") {
		t.Error(got)
	}
	if total.Strangers < 100_000 || total.Strangers > 199_999 {
		t.Errorf("%d are kept", total.Strangers)
	}
}
