package vcf

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func headerWith(tb testing.TB, lines ...string) *Header {
	text := "##fileformat=VCFv4.2\n" + strings.Join(append(lines, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"), "\n")
	h, err := ParseHeader([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func infoLine(id, description string) string {
	return `##INFO=<ID=` + id + `,Number=.,Type=String,Description="` + description + `">`
}

const vepPrefix = "Consequence annotations from Ensembl VEP. Format: "

// vepExample is a CSQ with all 23 fields of VEP and two more, in four entries.
func vepExample(tb testing.TB) (*Header, []byte) {
	layout := "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|cDNA_position|CDS_position|Protein_position|Amino_acids|Codons|Existing_variation|DISTANCE|STRAND|FLAGS|SYMBOL_SOURCE|HGNC_ID|SIFT|gnomAD_AF"
	entry := "T|missense_variant&splice_region_variant|MODERATE|BRCA1|ENSG00000012048|Transcript|ENST00000357654|protein_coding|10/23||ENST00000357654.3:c.2612C>T|ENSP00000350283.3:p.Pro871Leu|2731|2612|871|P/L|cCg/cTg|rs799917&COSM1&COSM2||-1|cds_start_NF|HGNC|1100|tolerated(0.05)|0.4"
	return headerWith(tb, infoLine("CSQ", vepPrefix+layout)),
		[]byte(strings.Join([]string{entry, entry, entry, entry}, ","))
}

func b(s string) []byte { return []byte(s) }

func bs(parts ...string) (out [][]byte) {
	for _, s := range parts {
		out = append(out, b(s))
	}
	return out
}

var ignoreMemory = cmpopts.IgnoreUnexported(VEPEntry{})

func TestVEPAllFields(t *testing.T) {
	h, value := vepExample(t)
	f, _, err := ParseVEPHeader(h, "CSQ")
	if err != nil {
		t.Fatal(err)
	}
	want := VEPEntry{
		Allele: b("T"), Consequence: bs("missense_variant", "splice_region_variant"), Impact: b("MODERATE"),
		Symbol: b("BRCA1"),
		Gene:   b("ENSG00000012048"), FeatureType: b("Transcript"), Feature: b("ENST00000357654"),
		Biotype: b("protein_coding"),
		Exon:    Pair{b("10"), b("23")}, HGVSc: b("ENST00000357654.3:c.2612C>T"), HGVSp: b("ENSP00000350283.3:p.Pro871Leu"),
		CDNAPosition: b("2731"), CDSPosition: b("2612"), ProteinPosition: b("871"), AminoAcids: Pair{b("P"), b("L")},
		Codons: Pair{b("cCg"), b("cTg")}, ExistingVariation: bs("rs799917", "COSM1", "COSM2"), Distance: b(""),
		Strand: b("-1"),
		Flags:  bs("cds_start_NF"), SymbolSource: b("HGNC"), HGNCID: b("1100"),
		Extras: []KV{{b("sift"), b("tolerated(0.05)")}, {b("gnomad_af"), b("0.4")}},
	}
	got := f.Parse(value, nil)
	if diff := cmp.Diff([]VEPEntry{want, want, want, want}, got, ignoreMemory); diff != "" {
		t.Error(diff)
	}
}

// Every member of an entry but Extras is that of one field, in one order.
func TestVEPFieldsAreMembers(t *testing.T) {
	var entry VEPEntry
	of := reflect.ValueOf(&entry).Elem()
	var members []string
	for _, field := range VEPFields() {
		var member any
		switch {
		case field.Text != nil && field.Pair == nil && field.List == nil:
			member = field.Text(&entry)
		case field.Pair != nil && field.Text == nil && field.List == nil:
			member = field.Pair(&entry)
		case field.List != nil && field.Text == nil && field.Pair == nil:
			member = field.List(&entry)
		default:
			t.Fatalf("%s is not of one kind", field.Name)
		}
		for i := range of.NumField() {
			if of.Type().Field(i).IsExported() && of.Field(i).Addr().Interface() == member {
				members = append(members, of.Type().Field(i).Name)
			}
		}
	}
	var want []string
	for _, member := range reflect.VisibleFields(of.Type()) {
		if member.IsExported() && member.Name != "Extras" {
			want = append(want, member.Name)
		}
	}
	if diff := cmp.Diff(want, members); diff != "" || len(want) != 23 {
		t.Errorf("%d members: %s", len(want), diff)
	}
}

func TestVEPValues(t *testing.T) {
	h := headerWith(t, infoLine("CSQ", vepPrefix+"Allele|Consequence|EXON|FLAGS"))
	f, _, err := ParseVEPHeader(h, "CSQ")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, value string
		want        []VEPEntry
	}{
		{"text stays empty, the others are NULL", "|||", []VEPEntry{{Allele: b("")}}},
		{"blank is NULL", "T| | |", []VEPEntry{{Allele: b("T")}}},
		{"order is kept", "A|x&y|1/2|,C|z||f", []VEPEntry{
			{Allele: b("A"), Consequence: bs("x", "y"), Exon: Pair{b("1"), b("2")}},
			{Allele: b("C"), Consequence: bs("z"), Flags: bs("f")}}},
		{"no slash", "A||3|", []VEPEntry{{Allele: b("A"), Exon: Pair{First: b("3")}}}},
		{"empty part", "A||/3|", []VEPEntry{{Allele: b("A"), Exon: Pair{b(""), b("3")}}}},
		{"three parts", "A||1/2/3|", []VEPEntry{{Allele: b("A"), Exon: Pair{b("1"), b("2")}}}},
		{"empty element", "A|x&&y||", []VEPEntry{{Allele: b("A"), Consequence: bs("x", "", "y")}}},
		{"one pipe too few empties all", "A|x|1/2|,C|z|", []VEPEntry{}},
		{"one pipe too many empties all", "A|x|1/2||,C|z||", []VEPEntry{}},
		{"comma inside an entry", "A|x,y|1/2|", []VEPEntry{}},
		{"no value", "", []VEPEntry{}},
		{"missing", ".", []VEPEntry{}},
	} {
		if diff := cmp.Diff(c.want, f.Parse([]byte(c.value), nil), ignoreMemory); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Entries used again must not keep what they held.
func TestVEPReuse(t *testing.T) {
	f, _, err := ParseVEPHeader(headerWith(t, infoLine("CSQ", vepPrefix+"Allele|Consequence|EXON|x")), "CSQ")
	if err != nil {
		t.Fatal(err)
	}
	first := f.Parse(b("A|x&y&z|1/2|e,B|q|3/4|f"), nil)
	second := f.Parse(b("C|||"), first[:0])
	want := []VEPEntry{{Allele: b("C"), Extras: []KV{{b("x"), b("")}}}}
	if diff := cmp.Diff(want, second, ignoreMemory); diff != "" {
		t.Error(diff)
	}
	kept := f.Parse(b("bad"), second)
	if diff := cmp.Diff(want, kept, ignoreMemory); diff != "" {
		t.Errorf("a bad value changed the entries before: %s", diff)
	}
}

func TestVEPNoAllocations(t *testing.T) {
	h, value := vepExample(t)
	f, _, err := ParseVEPHeader(h, "CSQ")
	if err != nil {
		t.Fatal(err)
	}
	dst := f.Parse(value, nil)
	if n := testing.AllocsPerRun(100, func() { dst = f.Parse(value, dst[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestVEPHeader(t *testing.T) {
	for _, c := range []struct {
		name, key string
		lines     []string
		want      bool
		value     string // parses to one entry with Allele T and the extra "rest" = "r"
	}{
		{"VEP", "CSQ", []string{infoLine("CSQ", vepPrefix+"Allele|rest")}, true, "T|r"},
		{"gnomAD", "vep", []string{infoLine("vep", vepPrefix+"Allele|rest")}, true, "T|r"},
		{"another sentence", "CSQ", []string{infoLine("CSQ", "Annotated by us. Format: Allele|rest")}, true, "T|r"},
		{"quotes and spaces", "CSQ", []string{infoLine("CSQ", `Format:  'Allele | rest' `)}, true, "T|r"},
		{"SnpEff", "ANN", []string{infoLine("ANN", "Functional annotations: 'Allele | rest' ")}, true, "T|r"},
		{"names are lower-cased", "CSQ", []string{infoLine("CSQ", vepPrefix+"Allele|REST")}, true, "T|r"},
		{"a name twice", "CSQ", []string{infoLine("CSQ", vepPrefix+"Allele|rest|Rest|Allele")}, true, "T|r|s|U"},
		{"another key", "CSQ", []string{infoLine("CSQ2", vepPrefix+"Allele|rest"), infoLine("CSQ2", vepPrefix+"Allele|rest")},
			false, ""},
		{"no layout", "CSQ", []string{infoLine("CSQ", "Consequence annotations")}, false, ""},
		{"LOF of SnpEff", "LOF", []string{infoLine("LOF", "Predicted loss. Format: 'Allele | rest' ")}, true, "(T|r)"},
		{"EFF of old SnpEff", "EFF", []string{infoLine("EFF", "Predicted effects.Format: 'Effect ( Impact | Class ) ' ")},
			false, ""},
		{"blank key", " ", []string{infoLine("CSQ", vepPrefix+"Allele|rest")}, false, ""},
	} {
		f, _, err := ParseVEPHeader(headerWith(t, c.lines...), c.key)
		if err != nil || (f != nil) != c.want {
			t.Errorf("%s: got %v, %v", c.name, f, err)
			continue
		}
		if f == nil {
			continue
		}
		want := []VEPEntry{{Allele: b("T"), Extras: []KV{{b("rest"), b("r")}}}}
		if diff := cmp.Diff(want, f.Parse(b(c.value), nil), ignoreMemory); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Names may hold parentheses, and a list may have one name.
func TestVEPFieldNames(t *testing.T) {
	for _, c := range []struct {
		layout, value string
		want          VEPEntry
	}{
		{"Allele|pos(1-based)", "T|5.1", VEPEntry{Allele: b("T"), Extras: []KV{{b("pos(1-based)"), b("5.1")}}}},
		{"Effect (x)|Allele", "e|T", VEPEntry{Allele: b("T"), Extras: []KV{{b("effect (x)"), b("e")}}}},
		{"Consequence", "x&y", VEPEntry{Consequence: bs("x", "y")}},
	} {
		f, absence, err := ParseVEPHeader(headerWith(t, infoLine("CSQ", vepPrefix+c.layout)), "CSQ")
		if err != nil || f == nil || absence != "" {
			t.Errorf("%s: %v %q %v", c.layout, f, absence, err)
			continue
		}
		if diff := cmp.Diff([]VEPEntry{c.want}, f.Parse(b(c.value), nil), ignoreMemory); diff != "" {
			t.Errorf("%s: %s", c.layout, diff)
		}
	}
}

// What a list of fields has twice, without a name that is known, or after its end is told; lists of the field's tools
// have nothing such.
func TestVEPFaults(t *testing.T) {
	const (
		twice   = "describes the field SYMBOL twice; the first counts"
		unknown = "describes no field that is known by name; all are in extras"
	)
	for layout, want := range map[string][]string{
		"Allele|SYMBOL|Gene":              nil,
		"Allele|pos(1-based)":             nil,
		"Allele|my note":                  nil,
		"Allele|SYMBOL|SYMBOL":            {twice},
		"Allele|SYMBOL|SYMBOL|X|x|SYMBOL": {"describes the field SYMBOL twice (and 1 more); the first counts"},
		"Allele|X|x":                      {"describes the field x twice; the first counts"},
		"Gene_Name|Gene_ID|Share":         nil, // SnpEff's LOF
		"allele|symbol":                   {unknown},
		"Allele|SYMBOL. Extra words": {
			`has more text after its list of fields; the last one is read as "SYMBOL. Extra words"`},
		"Allele|CADD. Extra words": {
			`has more text after its list of fields; the last one is read as "CADD. Extra words"`},
		"Annotation|Gene_Name|Gene_Name|SYMBOL": {"describes the field Gene_Name twice (and 1 more); the first counts"},
	} {
		f, _, err := ParseVEPHeader(headerWith(t, infoLine("CSQ", vepPrefix+layout)), "CSQ")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, f.Faults()); diff != "" {
			t.Errorf("%s: %s", layout, diff)
		}
	}
	if f, _, err := ParseVEPHeader(headerWith(t, infoLine("ANN", snpEffLayout)), "ANN"); err != nil || f.Faults() != nil {
		t.Errorf("SnpEff: %v %v", f.Faults(), err)
	}
	f, _, _ := ParseVEPHeader(headerWith(t, infoLine("CSQ", vepPrefix+"Allele|SYMBOL|SYMBOL|X|x")), "CSQ")
	first := []VEPEntry{{Allele: b("T"), Symbol: b("A"), Extras: []KV{{b("x"), b("1")}}}}
	if diff := cmp.Diff(first, f.Parse(b("T|A|B|1|2"), nil), ignoreMemory); diff != "" {
		t.Error(diff)
	}
}

const snpEffLayout = "Functional annotations: 'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | " +
	"HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO'"

// SnpEff's fields are where VEP's of that meaning are; its names in another tool's layout are that tool's.
func TestVEPOfSnpEff(t *testing.T) {
	f, absence, err := ParseVEPHeader(headerWith(t, infoLine("ANN", snpEffLayout)), "ANN")
	if err != nil || absence != "" {
		t.Fatal(absence, err)
	}
	got := f.Parse(b("C|missense_variant&splice_region_variant|MODERATE|TP53|ENSG1|transcript|NM_1.1|protein_coding|4/11|c.1A>G|p.Arg1Gly|10/1000|12/900|4/300||W1&W2,"+
		"C|splice_region_variant&intron_variant|LOW|TP53|ENSG1|transcript|NM_1.1|protein_coding|3/10|c.1-2A>G||||||"), nil)
	want := []VEPEntry{
		{Allele: b("C"), Consequence: bs("missense_variant", "splice_region_variant"), Impact: b("MODERATE"),
			Symbol: b("TP53"), Gene: b("ENSG1"),
			FeatureType: b("transcript"), Feature: b("NM_1.1"), Biotype: b("protein_coding"), Exon: Pair{b("4"), b("11")},
			HGVSc: b("c.1A>G"),
			HGVSp: b("p.Arg1Gly"), CDNAPosition: b("10/1000"), CDSPosition: b("12/900"), ProteinPosition: b("4/300"),
			Distance: b(""), Flags: bs("W1", "W2")},
		{Allele: b("C"), Consequence: bs("splice_region_variant", "intron_variant"), Impact: b("LOW"), Symbol: b("TP53"),
			Gene:        b("ENSG1"),
			FeatureType: b("transcript"), Feature: b("NM_1.1"), Biotype: b("protein_coding"), Intron: Pair{b("3"), b("10")},
			HGVSc: b("c.1-2A>G"),
			HGVSp: b(""), CDNAPosition: b(""), CDSPosition: b(""), ProteinPosition: b(""), Distance: b("")},
	}
	if diff := cmp.Diff(want, got, ignoreMemory); diff != "" {
		t.Error(diff)
	}
	f, _, err = ParseVEPHeader(headerWith(t, infoLine("CSQ", vepPrefix+"Consequence|Annotation|Rank")), "CSQ")
	if err != nil {
		t.Fatal(err)
	}
	own := []VEPEntry{{Consequence: bs("intron_variant"), Extras: []KV{{b("annotation"), b("a")}, {b("rank"), b("1/2")}}}}
	if diff := cmp.Diff(own, f.Parse(b("intron_variant|a|1/2"), nil), ignoreMemory); diff != "" {
		t.Error(diff)
	}
}

// A layout that is not there is told from one that cannot be read.
func TestVEPAbsence(t *testing.T) {
	for description, want := range map[string]string{
		"Consequences":                       "is described without a list of fields (Format: a|b|c)",
		"Format: see our page on the fields": "is described without a list of fields (Format: a|b|c)",
		"Predicted effects.Format: 'Effect ( Impact | Class [ | ERRORS | WARNINGS ] )' ": "is in SnpEff's older form, Effect ( a | b ), which is not read: annotate without -formatEff",
	} {
		if f, absence, err := ParseVEPHeader(headerWith(t, infoLine("X", description)), "X"); f != nil || err != nil ||
			absence != want {
			t.Errorf("%s: %v %q %v", description, f, absence, err)
		}
	}
	if _, absence, _ := ParseVEPHeader(headerWith(t), "NOPE"); absence != "is not described in the header" {
		t.Errorf("an undeclared key: %q", absence)
	}
}

func TestVEPDuplicateHeader(t *testing.T) {
	line := infoLine("CSQ", vepPrefix+"Allele|rest")
	_, _, err := ParseVEPHeader(headerWith(t, line, line), "CSQ")
	if !errors.Is(err, ErrDuplicateVEP) || err.Error() != "line 3: INFO/CSQ: the annotations are defined twice: CSQ" {
		t.Errorf("got %v", err)
	}
}

// The real annotated files: the number of entries is what commas in the value say.
// What a short text makes many of is bounded: annotations, their parts and the fields of a layout.
func TestVEPBounds(t *testing.T) {
	h := headerWith(t, infoLine("CSQ", vepPrefix+"Allele|Consequence"))
	f, _, err := ParseVEPHeader(h, "CSQ")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		value string
		want  int
	}{
		{"most annotations", strings.Repeat("|,", maxVEPEntries-1) + "|", maxVEPEntries},
		{"too many", strings.Repeat("|,", maxVEPEntries) + "|", 0},
		{"many parts", "A|" + strings.Repeat("&", 100_000), 1},
		{"too many parts", "A|" + strings.Repeat("&", maxVEPParts-1), 0},
	} {
		if got := f.Parse([]byte(c.value), nil); got == nil || len(got) != c.want {
			t.Errorf("%s: %d entries, want %d", c.name, len(got), c.want)
		}
	}
	for fields, bad := range map[int]bool{maxVEPFields: false, maxVEPFields + 1: true} {
		h := headerWith(t, infoLine("CSQ", vepPrefix+strings.Repeat("x|", fields-1)+"x"))
		f, _, err := ParseVEPHeader(h, "CSQ")
		if errors.Is(err, ErrHeaderTooLarge) != bad || (f == nil) != bad {
			t.Errorf("%d fields: %v", fields, err)
		}
	}
}

func TestVEPCorpus(t *testing.T) {
	for _, c := range []struct {
		file, key string
		records   int
		empty     int // records whose array is empty because of commas inside LoF_info
		extra     string
	}{
		{"vep.loftee.vcf", "CSQ", 1, 0, "lof"},
		{"snpeff.vcf", "ANN", 1, 0, ""},
		{"gnomad.exomes.r2.1.1.sites.chr1.vcf.gz", "vep", 100, 0, "lof"},
	} {
		path := filepath.Join(corpusRoot(t), "annotated", c.file)
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
		text := readCorpusFile(t, path)
		h, err := ParseHeader(text)
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := ParseVEPHeader(h, c.key)
		if err != nil || f == nil {
			t.Fatalf("%s: %v, %v", c.file, f, err)
		}
		var dst []VEPEntry
		empty := 0
		n, err := readAll(text, func(r *Record) {
			value, ok := r.InfoValue(c.key)
			if !ok {
				t.Errorf("%s: no %s", c.file, c.key)
			}
			dst = f.Parse(value, dst[:0])
			if len(dst) == 0 {
				empty++
				return
			}
			if want := strings.Count(string(value), ",") + 1; len(dst) != want {
				t.Errorf("%s: %d entries, want %d", c.file, len(dst), want)
			}
			found := c.extra == "" && dst[0].Extras == nil
			for _, kv := range dst[0].Extras {
				found = found || string(kv.Key) == c.extra
			}
			if !found {
				t.Errorf("%s: no extra %s", c.file, c.extra)
			}
		})
		if err != nil || n != c.records || empty != c.empty {
			t.Errorf("%s: %d records, %d empty, %v", c.file, n, empty, err)
		}
	}
}

// bcftools csq names its fields in brackets, and leaves the last ones out of what has no change of a protein.
func TestVEPOptionalFields(t *testing.T) {
	const layout = "[*]consequence|gene|transcript|biotype[|strand|amino_acid_change|dna_change]"
	const prefix = "Local consequence annotation from BCFtools/csq, see http://samtools.github.io/bcftools/howtos/csq-calling.html for details. Format: "
	for _, description := range []string{prefix + layout, prefix + "'" + layout + "'"} {
		f, _, err := ParseVEPHeader(headerWith(t, infoLine("BCSQ", description)), "BCSQ")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"describes no field that is known by name; all are in extras"},
			f.Faults()); diff != "" || f.Fields() != "4 to 7" {
			t.Errorf("%s fields, faults (-want +got):\n%s", f.Fields(), diff)
		}
		intron := []KV{{b("consequence"), b("intron")}, {b("gene"), b("A")}, {b("transcript"), b("")},
			{b("biotype"), b("protein_coding")}}
		change := []KV{{b("consequence"), b("*missense")}, {b("gene"), b("A")}, {b("transcript"), b("T1")},
			{b("biotype"), b("protein_coding")},
			{b("strand"), b("+")}, {b("amino_acid_change"), b("57A>57V")}, {b("dna_change"), b("5C>T")}}
		for text, want := range map[string][]VEPEntry{
			"intron|A||protein_coding": {{Extras: intron}},
			"*missense|A|T1|protein_coding|+|57A>57V|5C>T,intron|A||protein_coding": {{Extras: change}, {Extras: intron}},
			"*missense|A|T1|protein_coding|+":                                       {{Extras: change[:5]}},
			"intron|A|":                                                             {},
			"*missense|A|T1|x|+|57A>57V|5C>T|":                                      {},
			"@5":                                                                    {},
		} {
			if diff := cmp.Diff(want, f.Parse([]byte(text), []VEPEntry{}), ignoreMemory); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
	}
}
