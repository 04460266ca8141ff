package export

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/vcf"
)

// Header is the header of one file that rows came from.
type Header struct {
	Job     string
	Item    int
	Hash    string // the same for the same lines
	Columns []byte // its #CHROM line
}

// formats is what a file's header defines of FORMAT keys: enough to find their values.
type formats struct {
	header  *vcf.Header
	guessed bool             // the header was made from the table: lists may be of numbers
	plans   map[string]*plan // by FORMAT column
}

// plan is where the values of the keys of a FORMAT column are.
type plan struct {
	keys    [][]byte
	targets []variant.Target
}

// maxPlans bounds the plans kept; files have a handful.
const maxPlans = 256

// plan finds the keys of a FORMAT column. The text may be overwritten afterwards.
func (f *formats) plan(format []byte) *plan {
	if p := f.plans[string(format)]; p != nil {
		return p
	}
	if len(f.plans) == maxPlans {
		clear(f.plans)
	}
	text := bytes.Clone(format)
	p := &plan{keys: bytes.Split(text, []byte{':'})}
	fields := make([]*vcf.Field, len(p.keys))
	for i, key := range p.keys {
		if fields[i] = f.header.Format(key); fields[i] == nil { // as an import takes it
			fields[i] = &vcf.Field{ID: string(key), Number: vcf.Number{Kind: vcf.Unknown}, Type: vcf.String}
		}
	}
	p.targets = variant.Targets(fields)
	for i := range p.targets {
		p.targets[i].Numeric = p.targets[i].Numeric || f.guessed
	}
	f.plans[string(text)] = p
	return p
}

// headerBuilder makes one header of those of several files.
type headerBuilder struct {
	lines    []string
	places   map[string]int // in lines, by the text, and by kind and ID
	version  string         // the newest
	oldest   string
	contigs  []string
	known    map[string]bool // contigs
	files    int             // headers added
	warnings []string
	left     int // warnings beyond maxWarnings
	widened  differing
	kept     differing // the first definition is
}

// maxWarnings bounds what is said.
const maxWarnings = 20

func (b *headerBuilder) warn(format string, args ...any) {
	if len(b.warnings) == maxWarnings {
		b.left++
		return
	}
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
}

// Warnings tells what the merged header does not keep, one line for each kind.
func (b *headerBuilder) Warnings() []string {
	warnings := slices.Clone(b.warnings)
	if len(b.widened.keys) > 0 {
		warnings = append(warnings, "the imports define "+b.widened.text(func(key string) string {
			_, body, _ := strings.Cut(b.lines[b.places[key]], "=<")
			return fmt.Sprintf(" (now Number=%s, Type=%s)", attribute(body, "Number"), attribute(body, "Type"))
		})+" differently: Number and Type hold the values of all")
	}
	kept := differing{keys: slices.DeleteFunc(slices.Clone(b.kept.keys),
		func(key string) bool { return b.widened.known[key] })}
	if len(kept.keys) > 0 {
		warnings = append(warnings, "the imports define "+kept.text(func(string) string { return "" })+
			" differently: the first definition is kept")
	}
	if b.left > 0 {
		warnings = append(warnings, fmt.Sprintf("and %d more warnings", b.left))
	}
	return warnings
}

// add takes the lines of a header before #CHROM, and returns what it defines of FORMAT keys. The lines of the first
// header stay as they are. Of a later one those are added that are not there yet; of two definitions of an INFO,
// FORMAT, FILTER, ALT or contig the first counts, but for a Number or Type that would not hold the values of both.
func (b *headerBuilder) add(text []byte) (*formats, error) {
	if b.known == nil {
		b.known = map[string]bool{}
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	first := b.files == 0
	if b.files++; b.files == 2 { // of one file the lines need no places
		b.places = make(map[string]int, 2*len(b.lines))
		for place, line := range b.lines {
			b.place(line, place)
		}
	}
	// the lines that formats and contigs come from: a parsed header takes many times its text in memory
	var needed strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if version, ok := strings.CutPrefix(line, "##fileformat="); ok {
			needed.WriteString(line + "\n")
			if version = strings.TrimRight(version, " \t"); version > b.version { // VCFv4.0 to VCFv4.5
				b.version = version
			}
			if b.oldest == "" || version < b.oldest {
				b.oldest = version
			}
			if !first {
				continue
			}
		}
		if strings.HasPrefix(line, "##FORMAT=") || strings.HasPrefix(line, "##contig=") {
			needed.WriteString(line + "\n")
		}
		if first {
			b.lines = append(b.lines, line)
		} else {
			b.merge(line)
		}
	}
	needed.WriteString("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
	header, err := parse(needed.String())
	if err != nil {
		return nil, err
	}
	for i := range header.Contigs {
		b.contig(header.Contigs[i].ID)
	}
	header.Meta, header.Contigs, header.Text = nil, nil, nil
	return &formats{header: header, plans: map[string]*plan{}}, nil
}

func (b *headerBuilder) contig(name string) {
	if !b.known[name] {
		b.known[name] = true
		b.contigs = append(b.contigs, name)
	}
}

// place notes where a line is.
func (b *headerBuilder) place(line string, place int) {
	for _, key := range []string{line, definition(line)} {
		if _, ok := b.places[key]; !ok && key != "" {
			b.places[key] = place
		}
	}
}

// merge adds a line that is not there yet.
func (b *headerBuilder) merge(line string) {
	if _, ok := b.places[line]; ok {
		return
	}
	key := definition(line)
	place, ok := b.places[key]
	if key == "" || !ok {
		b.place(line, len(b.lines))
		b.lines = append(b.lines, line)
		return
	}
	kept := b.lines[place]
	b.lines[place] = widen(kept, line)
	switch {
	case b.lines[place] != kept:
		b.widened.add(key)
	case differ(kept, line):
		b.kept.add(key)
	}
}

// differ tells whether two definitions of the same say different things: a Description, or who wrote it, is none.
func differ(line, other string) bool {
	kind, body, _ := strings.Cut(line, "=<")
	_, otherBody, _ := strings.Cut(other, "=<")
	differs := func(key string) bool { return attribute(body, key) != attribute(otherBody, key) }
	switch kind {
	case "##INFO", "##FORMAT":
		return differs("Number") || differs("Type")
	case "##FILTER", "##ALT":
		return false
	case "##contig":
		return attribute(body, "length") != "" && attribute(otherBody, "length") != "" && differs("length")
	}
	return true
}

// differing are the definitions about which headers differ in one way, each once.
type differing struct {
	keys  []string
	known map[string]bool
}

func (d *differing) add(key string) {
	if d.known[key] {
		return
	}
	if d.known == nil {
		d.known = map[string]bool{}
	}
	d.known[key], d.keys = true, append(d.keys, key)
}

// text says them, and what word tells of each.
func (d *differing) text(of func(key string) string) string {
	const listed = 10
	var said []string
	for _, key := range d.keys[:min(len(d.keys), listed)] {
		said = append(said, key+of(key))
	}
	if more := len(d.keys) - listed; more > 0 {
		return strings.Join(said, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(said, ", ")
}

// definition names what a line defines, such as "INFO DP"; empty when it defines nothing that may be there only once.
func definition(line string) string {
	kind, rest, ok := strings.Cut(strings.TrimPrefix(line, "##"), "=<")
	if !ok || !slices.Contains([]string{"INFO", "FORMAT", "FILTER", "ALT", "contig", "SAMPLE", "PEDIGREE", "META"}, kind) {
		return ""
	}
	if id := attribute(rest, "ID"); id != "" {
		return kind + " " + id
	}
	return ""
}

// attribute is the value of a key of <...>, as far as it is not quoted.
func attribute(text, key string) string {
	quoted, from := false, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) {
			switch c := text[i]; {
			case c == '\\' && quoted:
				i++
				continue
			case c == '"':
				quoted = !quoted
				continue
			case quoted || c != ',' && c != '>':
				continue
			}
		}
		if value, ok := strings.CutPrefix(text[min(from, len(text)):min(i, len(text))], key+"="); ok {
			return value
		}
		from = i + 1
	}
	return ""
}

// widen gives an INFO or FORMAT definition the Number and Type that hold the values of another one too.
func widen(line, other string) string {
	if !strings.HasPrefix(line, "##INFO=") && !strings.HasPrefix(line, "##FORMAT=") {
		return line
	}
	_, body, _ := strings.Cut(line, "=<")
	_, otherBody, _ := strings.Cut(other, "=<")
	for _, key := range []string{"Number", "Type"} {
		mine, theirs := attribute(body, key), attribute(otherBody, key)
		if mine == theirs {
			continue
		}
		wide := "."
		if key == "Type" {
			if wide = "String"; mine+theirs == "IntegerFloat" || mine+theirs == "FloatInteger" {
				wide = "Float"
			}
		}
		line = strings.Replace(line, ","+key+"="+mine, ","+key+"="+wide, 1)
	}
	return line
}

// defineGT adds GT, for the records of imports without samples.
func (b *headerBuilder) defineGT() {
	if !slices.ContainsFunc(b.lines, func(line string) bool { return definition(line) == "FORMAT GT" }) {
		b.lines = append(b.lines, `##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">`)
	}
}

// write gives the header's text through the #CHROM line.
func (b *headerBuilder) write(samples []string, format bool) []byte {
	var out bytes.Buffer
	declared := map[string]bool{}
	for _, line := range b.lines {
		if strings.HasPrefix(line, "##fileformat=") && b.files > 1 {
			line = "##fileformat=" + b.version
		}
		if id, ok := strings.CutPrefix(definition(line), "contig "); ok {
			declared[id] = true
		}
		out.WriteString(line)
		out.WriteByte('\n')
	}
	for _, contig := range b.contigs {
		if !declared[contig] {
			fmt.Fprintf(&out, "##contig=<ID=%s>\n", contig)
		}
	}
	out.WriteString("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
	if format {
		out.WriteString("\tFORMAT")
	}
	for _, sample := range samples {
		out.WriteByte('\t')
		out.WriteString(sample)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// samplesOf gives the samples that a #CHROM line names.
func samplesOf(columns []byte) ([]string, error) {
	header, err := parse("##fileformat=VCFv4.3\n" + string(columns))
	if err != nil {
		return nil, err
	}
	return header.Samples, nil
}

// parse reads what an import has accepted: the rules that were relaxed for it are not known any more.
func parse(text string) (*vcf.Header, error) {
	header, err := vcf.ReadHeader(bufio.NewReader(strings.NewReader(text)), vcf.HeaderOptions{MaxBytes: len(text) + 1,
		MaxLine: len(text) + 1, Relaxed: vcf.AllRules})
	if err != nil {
		return nil, fmt.Errorf("read the header of an import: %w", err)
	}
	return header, nil
}

// minimalHeader describes what is in the columns of imports whose header was not kept.
func minimalHeader(infos, keys []string) []byte {
	var out bytes.Buffer
	out.WriteString("##fileformat=VCFv4.3\n")
	out.WriteString("##varlake=\"Imported before headers were kept: this one was made from the table\"\n")
	reserved, err := vcf.ParseHeader([]byte("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"))
	if err != nil {
		panic(err) // a constant
	}
	define := func(kind, id string, field *vcf.Field) {
		number, typ := ".", vcf.String
		if field != nil {
			number, typ = field.Number.String(), field.Type
		}
		fmt.Fprintf(&out, "##%s=<ID=%s,Number=%s,Type=%s,Description=\"Not kept\">\n", kind, id, number, typ)
	}
	for _, info := range infos {
		define("INFO", info, reserved.Info([]byte(info)))
	}
	for _, key := range variant.OwnKeys {
		field := reserved.Format([]byte(key))
		if field == nil { // SPL
			field = &vcf.Field{Number: vcf.Number{Kind: vcf.Unknown}, Type: vcf.Integer}
		}
		define("FORMAT", key, field)
	}
	for _, key := range keys {
		if id := variant.Key(key); !slices.Contains(variant.OwnKeys, id) {
			define("FORMAT", id, nil)
		}
	}
	return out.Bytes()
}

// byOrder sorts contigs in the order of a header, those that it lacks after, by name.
func byOrder(contigs []string, order []string) []string {
	place := make(map[string]int, len(order))
	for i, name := range order {
		place[name] = i + 1
	}
	return slices.SortedFunc(slices.Values(contigs), func(a, b string) int {
		x, y := place[a], place[b]
		if x == 0 || y == 0 {
			x, y = -x, -y
			if x != 0 || y != 0 {
				return cmp.Compare(x, y) // the known one is below 0
			}
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	})
}
