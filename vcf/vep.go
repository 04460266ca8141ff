package vcf

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// KV is a key and its value.
type KV struct{ Key, Value []byte }

// Pair is a text split at its '/'. Both parts are nil (NULL) when the text is
// blank, and Second is when there is no '/'.
type Pair struct{ First, Second []byte }

// VEPEntry is one annotation, in the field order of VEP. nil means NULL, as two nil parts of a Pair do; an
// empty non-nil slice is the empty string. All slices refer to the value parsed, or
// to memory of the entry that the next Parse into it uses again.
type VEPEntry struct {
	Allele            []byte
	Consequence       [][]byte
	Impact            []byte
	Symbol            []byte
	Gene              []byte
	FeatureType       []byte
	Feature           []byte
	Biotype           []byte
	Exon              Pair
	Intron            Pair
	HGVSc             []byte
	HGVSp             []byte
	CDNAPosition      []byte
	CDSPosition       []byte
	ProteinPosition   []byte
	AminoAcids        Pair
	Codons            Pair
	ExistingVariation [][]byte
	Distance          []byte
	Strand            []byte
	Flags             [][]byte
	SymbolSource      []byte
	HGNCID            []byte
	Extras            []KV // all other fields by lower-cased name; nil (NULL) when the format has none

	lists  [3][][]byte // memory of Consequence, ExistingVariation and Flags
	extras []KV        // memory of Extras
}

// VEPField is a field of VEP that VEPEntry has a member for. One of Text, Pair and List is set, and gives where in an
// entry that member is.
type VEPField struct {
	Name string // VEP's, such as "Feature_type"
	Text func(*VEPEntry) *[]byte
	Pair func(*VEPEntry) *Pair
	List func(*VEPEntry) *[][]byte
}

// vepFields is the only list of VEP's fields: all that lays annotations out goes by it.
var vepFields = []VEPField{
	{Name: "Allele", Text: func(e *VEPEntry) *[]byte { return &e.Allele }},
	{Name: "Consequence", List: func(e *VEPEntry) *[][]byte { return &e.Consequence }},
	{Name: "IMPACT", Text: func(e *VEPEntry) *[]byte { return &e.Impact }},
	{Name: "SYMBOL", Text: func(e *VEPEntry) *[]byte { return &e.Symbol }},
	{Name: "Gene", Text: func(e *VEPEntry) *[]byte { return &e.Gene }},
	{Name: "Feature_type", Text: func(e *VEPEntry) *[]byte { return &e.FeatureType }},
	{Name: "Feature", Text: func(e *VEPEntry) *[]byte { return &e.Feature }},
	{Name: "BIOTYPE", Text: func(e *VEPEntry) *[]byte { return &e.Biotype }},
	{Name: "EXON", Pair: func(e *VEPEntry) *Pair { return &e.Exon }},
	{Name: "INTRON", Pair: func(e *VEPEntry) *Pair { return &e.Intron }},
	{Name: "HGVSc", Text: func(e *VEPEntry) *[]byte { return &e.HGVSc }},
	{Name: "HGVSp", Text: func(e *VEPEntry) *[]byte { return &e.HGVSp }},
	{Name: "cDNA_position", Text: func(e *VEPEntry) *[]byte { return &e.CDNAPosition }},
	{Name: "CDS_position", Text: func(e *VEPEntry) *[]byte { return &e.CDSPosition }},
	{Name: "Protein_position", Text: func(e *VEPEntry) *[]byte { return &e.ProteinPosition }},
	{Name: "Amino_acids", Pair: func(e *VEPEntry) *Pair { return &e.AminoAcids }},
	{Name: "Codons", Pair: func(e *VEPEntry) *Pair { return &e.Codons }},
	{Name: "Existing_variation", List: func(e *VEPEntry) *[][]byte { return &e.ExistingVariation }},
	{Name: "DISTANCE", Text: func(e *VEPEntry) *[]byte { return &e.Distance }},
	{Name: "STRAND", Text: func(e *VEPEntry) *[]byte { return &e.Strand }},
	{Name: "FLAGS", List: func(e *VEPEntry) *[][]byte { return &e.Flags }},
	{Name: "SYMBOL_SOURCE", Text: func(e *VEPEntry) *[]byte { return &e.SymbolSource }},
	{Name: "HGNC_ID", Text: func(e *VEPEntry) *[]byte { return &e.HGNCID }},
}

// VEPFields are the 23 fields of VEP that VEPEntry has members for, in the order of both.
func VEPFields() []VEPField { return slices.Clone(vepFields) }

// vepKnown are the places of vepFields by VEP's names, which are matched exactly.
var vepKnown = func() map[string]vepField {
	known := make(map[string]vepField, len(vepFields))
	lists := 0
	for _, field := range vepFields {
		known[field.Name] = vepField{VEPField: field, memory: lists}
		if field.List != nil {
			lists++
		}
	}
	return known
}()

// snpEffNames are SnpEff's names of fields that VEP has too, without their blanks, and VEP's. SnpEff's own field Rank
// is the exon's or, of a variant in one, the intron's: see VEPFormat.fill.
var snpEffNames = map[string]string{
	"Annotation": "Consequence", "Annotation_Impact": "IMPACT", "Gene_Name": "SYMBOL", "Gene_ID": "Gene",
	"Feature_Type": "Feature_type",
	"Feature_ID":   "Feature", "Transcript_BioType": "BIOTYPE", "Rank": "EXON", "HGVS.c": "HGVSc", "HGVS.p": "HGVSp",
	"cDNA.pos/cDNA.length": "cDNA_position", "CDS.pos/CDS.length": "CDS_position", "AA.pos/AA.length": "Protein_position",
	"Distance": "DISTANCE", "ERRORS/WARNINGS/INFO": "FLAGS",
}

// VEPFormat is the field layout that an INFO definition of VEP or SnpEff
// declares. It is immutable and may be shared by goroutines.
type VEPFormat struct {
	fields []vepField
	fewest int // of the fields that an annotation has: those after them may be left out
	extras bool
	snpEff bool
	faults []string
}

// Faults tells what of the list of fields is odd, such as a name that is there twice, in words that go on "INFO/CSQ
// ...". It is empty of a list as VEP and SnpEff write it.
func (f *VEPFormat) Faults() []string { return f.faults }

// Fields tells how many fields an annotation has: "23", or "4 to 7" where the last may be left out.
func (f *VEPFormat) Fields() string {
	if f.fewest < len(f.fields) {
		return fmt.Sprintf("%d to %d", f.fewest, len(f.fields))
	}
	return strconv.Itoa(len(f.fields))
}

// vepField is where one field of an annotation goes: to the member of VEPField, to the extra of a key, or, when it has
// neither, since its name occurred before, nowhere.
type vepField struct {
	VEPField
	memory int // the place of a list in VEPEntry.lists
	key    []byte
}

// ParseVEPHeader finds the layout of an INFO key, such as CSQ, in the header. When there is none, without an error,
// annotations are NULL and absence is why, in words that go on "INFO/CSQ ...": the key is not declared or its
// Description holds no layout. It is empty when the key is blank. Two definitions of the key are a *ParseError with
// ErrDuplicateVEP.
//
// A layout is `Format: a|b|c`, which VEP, gnomAD and others write, or a quoted list
// such as SnpEff's 'Allele | Annotation | ...'. Names may hold anything but '|'. Fields within a bracket that ends the
// layout, as in '[*]consequence|gene[|strand|dna_change]' of bcftools csq, may be left out of annotations, the last
// first; so may what stands in a bracket before the first name, which is no part of it. A layout of more than 1000
// fields is a *ParseError with ErrHeaderTooLarge.
func ParseVEPHeader(h *Header, key string) (f *VEPFormat, absence string, err error) {
	if key = strings.TrimSpace(key); key == "" {
		return nil, "", nil
	}
	found := false
	for i := range h.Meta {
		m := &h.Meta[i]
		if id, _ := m.Attr("ID"); m.Key != "INFO" || id != key {
			continue
		}
		if found {
			return nil, "", &ParseError{Line: m.Line, Column: "INFO/" + shorten(key),
				Err: &detailed{ErrDuplicateVEP, shorten(key)}}
		}
		found = true
	}
	for i := range h.Infos {
		if h.Infos[i].ID != key {
			continue
		}
		names, fewest, absence := vepNames(h.Infos[i].Description)
		if len(names) > maxVEPFields {
			return nil, "", &ParseError{Line: h.Infos[i].Line, Column: "INFO/" + shorten(key), Err: &detailed{ErrHeaderTooLarge,
				fmt.Sprintf("the annotations have %d fields; the limit is %d", len(names), maxVEPFields)}}
		}
		return newVEPFormat(names, fewest), absence, nil
	}
	return nil, "is not described in the header", nil
}

// vepNames finds the field names in a Description, and how many of them every annotation has; nil when there are none,
// and why.
func vepNames(description string) (names []string, fewest int, absence string) {
	_, layout, formatted := strings.Cut(description, "Format:")
	if !formatted {
		_, layout, _ = strings.Cut(description, "'")
		layout, _, _ = strings.Cut(layout, "'")
	}
	layout = strings.Trim(layout, " \t'\"")
	first, _, several := strings.Cut(layout, "|")
	switch {
	case strings.HasSuffix(layout, ")") && strings.HasPrefix(strings.ReplaceAll(first, " ", ""), "Effect("):
		return nil, 0, "is in SnpEff's older form, Effect ( a | b ), which is not read: annotate without -formatEff"
	case layout == "", !several && (!formatted || strings.ContainsAny(layout, " \t")): // VEP writes one field alone, too
		return nil, 0, "is described without a list of fields (Format: a|b|c)"
	}
	if mark, rest, ok := strings.Cut(layout, "]"); ok && strings.HasPrefix(mark, "[") && !strings.Contains(mark, "|") {
		layout = rest
	}
	always, rest, _ := strings.Cut(layout, "[|")
	if optional, ok := strings.CutSuffix(rest, "]"); ok {
		layout = always + "|" + optional
		fewest = strings.Count(always, "|") + 1
	}
	names = strings.Split(layout, "|")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names, cmp.Or(fewest, len(names)), ""
}

func newVEPFormat(names []string, fewest int) *VEPFormat {
	if names == nil {
		return nil
	}
	f := &VEPFormat{fewest: fewest, snpEff: slices.Contains(names, "Annotation") && !slices.Contains(names, "Consequence")}
	seen := make(map[string]bool)
	var known, again []string
	for _, name := range names {
		written := name
		if known := snpEffNames[strings.ReplaceAll(name, " ", "")]; f.snpEff && known != "" {
			name = known
		}
		field, isKnown := vepKnown[name]
		id := name
		if !isKnown {
			id = "extra " + strings.ToLower(name)
			field.key = []byte(strings.ToLower(name))
		}
		// LOF and NMD have SnpEff's names of genes
		if field.key == nil || snpEffNames[strings.ReplaceAll(name, " ", "")] != "" {
			known = append(known, name)
		}
		if seen[id] {
			field = vepField{}
			if !slices.Contains(again, written) {
				again = append(again, written)
			}
		}
		seen[id] = true
		f.extras = f.extras || field.key != nil
		f.fields = append(f.fields, field)
	}
	f.faults = vepFaults(known, again, names[len(names)-1])
	return f
}

// vepFaults are the faults of a list of fields: those of the names that are known, those that were there before, and
// the last one.
func vepFaults(known, again []string, last string) (faults []string) {
	if len(known) == 0 {
		faults = append(faults, "describes no field that is known by name; all are in extras")
	}
	if n := len(again); n > 0 {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (and %d more)", n-1)
		}
		faults = append(faults, "describes the field "+shorten(again[0])+" twice"+more+"; the first counts")
	}
	end := strings.IndexFunc(last, func(c rune) bool { return strings.ContainsRune(" .;,:('\"", c) })
	odd := !slices.Contains(known, last) && snpEffNames[strings.ReplaceAll(last, " ", "")] == ""
	if _, isKnown := vepKnown[last[:max(end, 0)]]; odd && (strings.Contains(last, ". ") || isKnown) {
		faults = append(faults, "has more text after its list of fields; the last one is read as "+quote(last))
	}
	return faults
}

// An entry takes a thousand times the memory of the comma that makes it, and a part
// of one 24 to 48 times that of its separator: both are bounded. VEP's annotations of
// a deletion of 10 Mb, its own limit, are some 10,000.
const (
	maxVEPFields  = 1000
	maxVEPEntries = 1 << 16
	maxVEPParts   = 1 << 22
)

// Parse appends one entry per annotation of value to dst, in order and
// unfiltered, and uses the memory of entries beyond len(dst) again. An annotation
// with more or fewer fields than the layout lets it have makes the whole result empty:
// dst comes back as it was. So does a value of more than 65,536 annotations, or of more
// than 4 million parts between commas, '|' and '&'.
func (f *VEPFormat) Parse(value []byte, dst []VEPEntry) []VEPEntry {
	start := len(dst)
	if len(value) > maxVEPEntries { // else it cannot hold more
		entries := bytes.Count(value, []byte(",")) + 1
		if entries > maxVEPEntries || entries+bytes.Count(value, []byte("|"))+bytes.Count(value, []byte("&")) > maxVEPParts {
			value = nil // which is one annotation with the wrong number of fields
		}
	}
	for more := true; more; {
		var entry []byte
		entry, value, more = bytes.Cut(value, []byte(","))
		if n := bytes.Count(entry, []byte("|")) + 1; n < f.fewest || n > len(f.fields) {
			if dst == nil {
				return []VEPEntry{} // empty is not NULL
			}
			return dst[:start]
		}
		if len(dst) < cap(dst) {
			dst = dst[:len(dst)+1]
		} else {
			dst = append(dst, VEPEntry{})
		}
		f.fill(&dst[len(dst)-1], entry)
	}
	return dst
}

// fill sets all of e from an annotation with the right number of fields.
func (f *VEPFormat) fill(e *VEPEntry, entry []byte) {
	*e = VEPEntry{lists: e.lists, extras: e.extras[:0]}
	if n := len(entry); n > 1 && entry[0] == '(' && entry[n-1] == ')' { // SnpEff's LOF and NMD
		entry = entry[1 : n-1]
	}
	for i := range f.fields[:bytes.Count(entry, []byte("|"))+1] { // the others were left out
		field := &f.fields[i]
		text := entry
		if end := bytes.IndexByte(entry, '|'); end >= 0 {
			text, entry = entry[:end:end], entry[end+1:]
		}
		switch {
		case field.Text != nil:
			*field.Text(e) = text
		case field.Pair != nil:
			if !isBlank(text) {
				*field.Pair(e) = cutPair(text)
			}
		case field.List != nil:
			if !isBlank(text) {
				memory := &e.lists[field.memory]
				*memory = appendParts((*memory)[:0], text)
				*field.List(e) = *memory
			}
		case field.key != nil:
			e.extras = append(e.extras, KV{field.key, text})
		}
	}
	if f.extras {
		e.Extras = e.extras
	}
	if f.snpEff && slices.ContainsFunc(e.Consequence, func(c []byte) bool { return string(c) == "intron_variant" }) {
		e.Exon, e.Intron = Pair{}, e.Exon
	}
}

func isBlank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// cutPair splits text at '/'. Whatever follows a second '/' is dropped.
func cutPair(text []byte) Pair {
	first, rest, ok := bytes.Cut(text, []byte("/"))
	if !ok {
		return Pair{First: text}
	}
	second, _, _ := bytes.Cut(rest, []byte("/"))
	return Pair{first, second}
}

// appendParts splits text at '&'.
func appendParts(dst [][]byte, text []byte) [][]byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(dst, text)
		}
		dst = append(dst, text[:i:i])
		text = text[i+1:]
	}
}
