package norm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// setting gives a number that the environment may set.
func setting(t *testing.T, name string, standard int) int {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		t.Fatalf("%s is %q, not a positive number", name, text)
	}
	return n
}

// tool gives the path of an oracle program. Without it the test is skipped, and fails in CI.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is needed in CI: %v", name, err)
		}
		t.Skipf("needs %s as the oracle: %v", name, err)
	}
	return path
}

// TestBcftools compares VARLAKE_NORM_RECORDS random records over random repeats, from seed VARLAKE_NORM_SEED on, with
// `bcftools norm -f`. The option -c w makes it report the records that it would stop at, and write them as they are;
// reports are compared, too.
func TestBcftools(t *testing.T) {
	bcftools := tool(t, "bcftools")
	records, first := setting(t, "VARLAKE_NORM_RECORDS", 200_000), setting(t, "VARLAKE_NORM_SEED", 1)
	const batch = 10_000
	seen := make(map[string]int)
	for done, seed := 0, uint64(first); done < records; done, seed = done+batch, seed+1 {
		g := newGenerator(seed)
		rows := g.rows(min(batch, records-done))
		want, reports := runBcftools(t, bcftools, g, rows)

		n := New(openTestFASTA(t, g.fasta()))
		if seed%2 == 0 { // small windows, to cross their borders, and short runs, to use them
			n.long = int64(g.IntN(600))
			n.fwd.least, n.fwd.most = 1+g.IntN(20), 20+g.IntN(2000)
			n.back.least, n.back.most = 1+g.IntN(20), 20+g.IntN(2000)
		}
		var gotReports []string
		for i, r := range rows {
			got, res, err := normalizeRow(n, r)
			if kind := report(r, res, err); kind != "" {
				gotReports = append(gotReports, fmt.Sprintf("%s\t%s\t%d", kind, r.contig, r.pos))
			}
			g.classify(seen, r, res, err)
			if got != want[i] || res.Changed != (got != r) {
				t.Errorf("seed %d: %v\n bcftools %v\n got      %v (%+v, %v)\n before   %s", seed, r, want[i], got, res, err,
					g.before(r))
			}
		}
		slices.Sort(gotReports)
		if diff := cmp.Diff(reports, gotReports); diff != "" {
			t.Errorf("seed %d: reports (-bcftools +got):\n%s", seed, diff)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d records: %v", records, seen)
	for _, class := range classes {
		if seen[class] < records/2000 {
			t.Errorf("only %d of %d records are of the class %q: the generator is too tame", seen[class], records, class)
		}
	}
}

// classes are the kinds of record that TestBcftools must hold, each in one of 2,000 records at least.
var classes = []string{
	"changed", "moved beyond 200 bases", "refused", "at the contig's start", "at the contig's end",
	"beyond the contig's end",
	"lower-case reference", "code in the reference", "code in REF", "in N", "in a long run of N", "several ALTs",
	"many ALTs", "MNV", "long allele", "no ALT",
	"*", "symbolic", "<NON_REF>", "<NON_REF> after an ALT", "breakend", "single breakend", "code in ALT", "REF = ALT",
	"one ALT twice",
}

// classify counts what a row is, by what stands in it and in the reference, and by what became of it.
func (g *generator) classify(seen map[string]int, r row, res Result, err error) {
	seq := g.seqs[r.contig]
	start, end := int(r.pos-1), int(r.pos-1)+len(r.ref)
	under := seq[start:min(end, len(seq))]
	alts := r.alleles()
	is := func(class string, yes bool) {
		if yes {
			seen[class]++
		}
	}
	is("changed", res.Changed)
	is("moved beyond 200 bases", res.Pos < r.pos-200)
	is("refused", err != nil)
	is("at the contig's start", start == 0)
	is("at the contig's end", end == len(seq))
	is("beyond the contig's end", end > len(seq))
	is("lower-case reference", bytes.ContainsAny(under, "acgt"))
	is("code in the reference", bytes.ContainsAny(bytes.ToUpper(under), "RYKMSWBDHV"))
	is("code in REF", strings.ContainsAny(r.ref, "RYKMSWBDHVrykmswbdhv"))
	is("in N", len(under) > 0 && bytes.Count(bytes.ToUpper(under), []byte("N")) == len(under))
	is("in a long run of N", start >= 50 && len(under) > 0 && bytes.Count(bytes.ToUpper(seq[start-50:start+len(under)]),
		[]byte("N")) == 50+len(under))
	is("several ALTs", len(alts) > 1)
	is("many ALTs", len(alts) > 5)
	is("no ALT", len(alts) == 0)
	is("<NON_REF> after an ALT", len(alts) > 1 && string(alts[len(alts)-1]) == "<NON_REF>")
	has := func(class string, alt func(text string) bool) {
		is(class, slices.ContainsFunc(alts, func(a []byte) bool { return alt(string(a)) }))
	}
	has("MNV", func(a string) bool {
		return len(a) > 2 && len(a) == len(r.ref) && a[0] != r.ref[0] && a[len(a)-1] != r.ref[len(a)-1] &&
			strings.Trim(a, "ACGTN") == ""
	})
	has("long allele", func(a string) bool { return len(a) > 100 })
	has("*", func(a string) bool { return a == "*" })
	has("symbolic", func(a string) bool { return a[0] == '<' })
	has("<NON_REF>", func(a string) bool { return a == "<NON_REF>" })
	has("breakend", func(a string) bool { return strings.ContainsAny(a, "[]") })
	has("single breakend", func(a string) bool { return len(a) > 1 && (a[0] == '.' || a[len(a)-1] == '.') })
	has("code in ALT", func(a string) bool { return a == "R" || a == "AX" })
	has("REF = ALT", func(a string) bool { return strings.EqualFold(a, r.ref) })
	is("one ALT twice", len(alts) == 2 && bytes.Equal(alts[0], alts[1]))
}

// runBcftools normalises rows, whose IDs are their indexes, and returns them in their own order, with the
// sorted reports as "kind contig pos".
func runBcftools(t *testing.T, bcftools string, g *generator, rows []row) (out []row, reports []string) {
	t.Helper()
	dir := t.TempDir()
	fasta, vcf := filepath.Join(dir, "ref.fa"), filepath.Join(dir, "in.vcf")
	if err := os.WriteFile(fasta, g.fasta(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vcf, g.vcf(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(bcftools, "norm", "--no-version", "-c", "w", "-f", fasta, vcf)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	out = make([]row, len(rows))
	seen := 0
	for _, r := range parseRows(t, stdout.Bytes()) {
		i, err := strconv.Atoi(r.id)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = r
		seen++
	}
	if seen != len(rows) {
		t.Fatalf("bcftools wrote %d records of %d", seen, len(rows))
	}
	for line := range strings.Lines(stderr.String()) {
		switch f := strings.Split(strings.TrimSpace(line), "\t"); f[0] {
		case "NON_ACGTN_REF", "REF_MISMATCH", "NON_ACGTN_ALT", "ALT_DUP":
			reports = append(reports, strings.Join(f[:3], "\t"))
		}
	}
	slices.Sort(reports)
	return out, reports
}

// report says what bcftools reports of a record, given our answer.
func report(r row, res Result, err error) string {
	oddREF := strings.Trim(strings.ToUpper(r.ref), "ACGTN") != ""
	switch {
	case (err != nil || res.Kept == KeptRefCode) && oddREF:
		return "NON_ACGTN_REF"
	case err != nil:
		return "REF_MISMATCH"
	case onlyBreakends(r):
		return "" // bcftools looks for these first
	case res.Kept == KeptDuplicate:
		return "ALT_DUP"
	case res.Kept == KeptAltCode, res.Kept == KeptBreakend:
		return "NON_ACGTN_ALT"
	}
	return ""
}

// onlyBreakends says whether htslib sees breakends and nothing else among the ALTs: text that begins with a
// bracket, or with the whole REF and then a bracket. It does not count an ALT that means the reference.
func onlyBreakends(r row) bool {
	breakends := 0
	for alt := range strings.SplitSeq(r.alts, ",") {
		after, ok := strings.CutPrefix(strings.ToUpper(alt), strings.ToUpper(r.ref))
		switch {
		case strings.ContainsAny(alt[:1], "[]"), ok && after != "" && strings.ContainsAny(after[:1], "[]"):
			breakends++
		case alt == "<*>", alt == "<NON_REF>", ok && after == "" && (len(alt) > 1 || alt == r.ref):
		default:
			return false
		}
	}
	return breakends > 0
}

// A generator makes a reference full of repeats and records on it, the same for the same seed.
type generator struct {
	*rand.Rand
	names []string
	seqs  map[string][]byte
}

func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), seqs: make(map[string][]byte)}
	for i := range 6 {
		name := fmt.Sprintf("c%d", i)
		g.names = append(g.names, name)
		g.seqs[name] = g.sequence([]int{1, 3, 40, 300, 3000, 15_000}[i])
	}
	return g
}

func (g *generator) pick(letters string) byte { return letters[g.IntN(len(letters))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// sequence makes about size bases, at least one: repeats of short units, with slips, soft-masked stretches, N runs,
// codes.
func (g *generator) sequence(size int) []byte {
	var seq []byte
	for len(seq) == 0 || len(seq) < size {
		unit := make([]byte, 1+min(g.IntN(5), g.IntN(5)))
		for i := range unit {
			unit[i] = g.pick("ACGT")
		}
		times := 1 + g.IntN(10)
		if g.chance(5) {
			times = 100 + g.IntN(1000) // beyond the bases that bcftools, and we, look back at together
		}
		switch {
		case g.chance(5):
			unit = []byte("N")
		case g.chance(5):
			unit = []byte{g.pick("RYKMSWBDHVry")}
			times = 1 + g.IntN(3)
		}
		part := bytes.Repeat(unit, times)
		if g.chance(30) {
			part = bytes.ToLower(part)
		}
		seq = append(seq, part...)
	}
	return seq[:max(1, size-g.IntN(size))]
}

func (g *generator) fasta() []byte {
	var b bytes.Buffer
	for i, name := range g.names {
		width := 10 + 7*i
		fmt.Fprintf(&b, ">%s\n", name)
		for part := range slices.Chunk(g.seqs[name], width) {
			fmt.Fprintf(&b, "%s\n", part)
		}
	}
	return b.Bytes()
}

func (g *generator) vcf(rows []row) []byte {
	var b bytes.Buffer
	b.WriteString("##fileformat=VCFv4.3\n")
	for _, name := range g.names {
		fmt.Fprintf(&b, "##contig=<ID=%s>\n", name)
	}
	b.WriteString("##INFO=<ID=END,Number=1,Type=Integer,Description=\"End position\">\n")
	b.WriteString("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%v\n", r)
	}
	return b.Bytes()
}

// before shows the reference at and before a record, for messages.
func (g *generator) before(r row) string {
	seq := g.seqs[r.contig]
	return string(seq[max(0, int(r.pos)-60):min(len(seq), int(r.pos)+len(r.ref))])
}

// rows makes records, by contig, otherwise in no order. IDs are the indexes.
func (g *generator) rows(count int) []row {
	rows := make([]row, count)
	for i := range rows {
		at := max(i*len(g.names)/count, g.IntN(len(g.names))*i/count)
		rows[i] = g.row(g.names[at])
	}
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.contig, b.contig) })
	for i := range rows {
		rows[i].id = strconv.Itoa(i)
		if g.chance(50) {
			rows[i].end = rows[i].pos + int64(len(rows[i].ref)) - 1
		}
	}
	return rows
}

func (g *generator) row(contig string) row {
	seq := g.seqs[contig]
	start := g.IntN(len(seq))
	switch {
	case g.chance(5):
		start = min(g.IntN(4), len(seq)-1)
	case g.chance(5):
		start = max(0, len(seq)-1-g.IntN(4))
	}
	size := 1 + min(g.IntN(12), g.IntN(12))
	if g.chance(3) {
		size = 1 + g.IntN(200)
	}
	ref := bytes.Clone(seq[start:min(start+size, len(seq))])
	for i, c := range ref {
		if base[c] == 0 && !g.chance(5) {
			ref[i] = 'N'
		}
	}
	if g.chance(50) {
		ref = bytes.ToUpper(ref)
	}
	switch {
	case g.chance(2): // beyond the end or simply wrong
		ref = append(ref, g.pick("ACGT"))
	case g.chance(2):
		ref[g.IntN(len(ref))] = g.pick("ACGTNR")
	}
	r := row{contig: contig, pos: int64(start + 1), ref: string(ref), alts: "."}
	if g.chance(3) {
		return r
	}
	alts := make([]string, 1)
	switch {
	case g.chance(30):
		alts = make([]string, 1+g.IntN(4))
	case g.chance(2):
		alts = make([]string, 5+g.IntN(10))
	}
	for i := range alts {
		alts[i] = g.alt(string(ref))
	}
	switch {
	case g.chance(1):
		alts = append(alts, "<NON_REF>")
	case g.chance(1):
		alts = append(alts, alts[0])
	}
	r.alts = strings.Join(alts, ",")
	return r
}

// alt makes an ALT: mostly REF with pieces doubled, cut, changed or put in, so that ends stay in common.
func (g *generator) alt(ref string) string {
	if g.chance(3) {
		return []string{"<DEL>", "<DUP:TANDEM>", "<NON_REF>", "<*>", "*", "<INS:ME>", ref + "[c1:3[", "]c1:3]" + ref,
			"G]c2:9]", "[c2:9[G", ref + ".", "." + ref, "R", "AX", ref, strings.ToLower(ref)}[g.IntN(16)]
	}
	alt := []byte(ref)
	if g.chance(3) {
		for i := range alt {
			alt[i] = g.pick("ACGTN")
		}
	}
	for edits := 1 + g.IntN(2); edits > 0 || strings.EqualFold(string(alt), ref); edits-- {
		i := g.IntN(len(alt) + 1)
		j := i + min(g.IntN(len(alt)+1-i), g.IntN(len(alt)+1-i)) // [i,j) of alt, often empty
		switch g.IntN(5) {
		case 0:
			alt = slices.Insert(alt, i, alt[i:j]...)
		case 1:
			alt = slices.Delete(alt, i, j)
		case 2:
			alt = slices.Insert(alt, i, g.pick("ACGTNacgt"))
		case 3:
			alt = slices.Insert(alt, i, bytes.Repeat(alt[i:j], 1+g.IntN(3))...)
		case 4:
			if i < len(alt) {
				alt[i] = g.pick("ACGTNacgt")
			}
		}
		if len(alt) == 0 {
			alt = append(alt, ref[0])
		}
	}
	return string(alt)
}
