package vcf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRules(t *testing.T) {
	for list, want := range map[string]string{
		"": "", "number": "number", " type , number,": "number,type", "all": AllRules.String(),
		"all,order": AllRules.String(),
	} {
		if got, err := ParseRules(list); err != nil || got.String() != want {
			t.Errorf("%q: %s, %v", list, got, err)
		}
	}
	if AllRules.Has(0) || !AllRules.Has(RuleHeader) || !AllRules.Has(RuleReference) ||
		strings.Count(AllRules.String(), ",") != int(numRules)-2 {
		t.Errorf("all rules: %s", AllRules)
	}
	for _, list := range []string{"numbers", "number;type", "ALL"} {
		if _, err := ParseRules(list); err == nil || !strings.Contains(err.Error(), "the rules are header, undeclared") &&
			!strings.Contains(err.Error(), AllRules.String()) {
			t.Errorf("%q: %v", list, err)
		}
	}
}

// Each rule of a record: refused by it alone, and accepted, counted and kept word for word when it alone is relaxed.
func TestRelaxed(t *testing.T) {
	long := strings.Repeat("0/", MaxPloidy) + "0"
	for _, c := range []struct {
		rule    Rule
		columns columns
		place   string // of the fault, with the reason
		misfits string // FORMAT keys of the last sample
	}{
		{RuleUndeclared, columns{"INFO": "NOPE=1;I1=2;ALSO"}, "INFO/NOPE: key is not declared", ""},
		{RuleNumber, columns{"INFO": "I1=1,2"}, `INFO/I1: wrong number of values: "1,2" has 2 where Number=1 means 1`, ""},
		{RuleNumber, columns{"ALT": "C,G", "INFO": "AC=1"},
			`INFO/AC: wrong number of values: "1" has 1 where Number=A means 2`, ""},
		{RuleNumber, columns{"FORMAT": "GT:AD", "s2": "0/1:1"},
			`sample s2 FORMAT/AD: wrong number of values: "1" has 1 where Number=R means 2`, "AD"},
		{RuleNumber, columns{"FORMAT": "GT:DP:GL", "s2": "0/1:1,2:-1,-2"},
			`sample s2 FORMAT/DP: wrong number of values: "1,2" has 2 where Number=1 means 1`, "DP GL"},
		{RuleType, columns{"INFO": "I1=x;F1=1e;C1=ab"}, `INFO/I1: value is not an integer: "x"`, ""},
		{RuleType, columns{"INFO": "DP=1.5"}, `INFO/DP: value is not an integer: "1.5"`, ""},
		{RuleType, columns{"INFO": "I1=2147483648"}, `INFO/I1: integer is out of the 32-bit range of VCF: "2147483648"`, ""},
		{RuleType, columns{"INFO": "FL=yes"}, `INFO/FL: a flag has a value: "yes"`, ""},
		{RuleType, columns{"INFO": "AN=-1;END=-5"}, `INFO/AN: value must not be negative: "-1"`, ""},
		{RuleType, columns{"INFO": "END=x"}, `INFO/END: value is not an integer: "x"`, ""},
		{RuleType, columns{"INFO": "CIGAR=1M2"}, `INFO/CIGAR: value is not a CIGAR string: "1M2"`, ""},
		{RuleType, columns{"QUAL": "-10"}, `QUAL: quality is not a number of 0 or more: "-10"`, ""},
		{RuleType, columns{"FORMAT": "GT:DP:AD", "s2": "0/1:nan:1,2"}, `sample s2 FORMAT/DP: value is not an integer: "nan"`,
			"DP"},
		{RuleType, columns{"FORMAT": "CH:GL:DP", "s1": "ab", "s2": "a:1,x,2:7.5"},
			`sample s1 FORMAT/CH: value is not one character: "ab"`, "GL DP"},
		{RuleGenotype, columns{"s1": "0/2", "s2": "0/1/"},
			`sample s1 FORMAT/GT: genotype names an allele that ALT does not have: "0/2"`, "GT"},
		{RuleGenotype, columns{"s2": "A/C"}, `sample s2 FORMAT/GT: invalid genotype: "A/C"`, "GT"},
		{RuleGenotype, columns{"FORMAT": "GT:GL", "s1": "0/1", "s2": "0/3/1:1,2"},
			`sample s2 FORMAT/GT: genotype names an allele that ALT does not have: "0/3/1"`, "GT"},
		{RuleGenotype, columns{"s2": long}, "sample s2 FORMAT/GT: too many alleles in a genotype: " + quote(long), "GT"},
		{RuleAllele, columns{"ALT": "C,R"}, `ALT: invalid allele: "R"`, ""},
		{RuleAllele, columns{"ALT": "C,,<A B>"}, `ALT: invalid allele: ""`, ""},
		{RuleAllele, columns{"REF": "-"}, `REF: invalid allele: "-"`, ""},
		{RuleFilter, columns{"FILTER": "a,b"}, `FILTER: invalid filter: "a,b"`, ""},
		{RuleFilter, columns{"FILTER": "a b;0"}, `FILTER: invalid filter: "a b;0"`, ""},
		{RuleFilter, columns{"FILTER": "a;."}, `FILTER: invalid filter: "a;."`, ""},
		{RuleEmpty, columns{"ID": ""}, `ID: invalid identifier: ""`, ""},
		{RuleEmpty, columns{"ID": "a;"}, `ID: invalid identifier: "a;"`, ""},
		{RuleEmpty, columns{"ALT": "", "s1": ".", "s2": "."}, `ALT: invalid allele: ""`, ""},
		{RuleEmpty, columns{"QUAL": ""}, `QUAL: quality is not a number of 0 or more: ""`, ""},
		{RuleEmpty, columns{"FILTER": ""}, `FILTER: invalid filter: ""`, ""},
		{RuleEmpty, columns{"FILTER": "a;;b"}, `FILTER: invalid filter: "a;;b"`, ""},
		{RuleEmpty, columns{"INFO": "I1=1;;FL;;"}, "INFO: invalid key: an entry is empty", ""},
		{RuleDuplicate, columns{"ID": "a;b;a"}, `ID: duplicate entry: "a;b;a"`, ""},
		{RuleDuplicate, columns{"FILTER": "a;a"}, `FILTER: duplicate entry: "a;a"`, ""},
		{RuleDuplicate, columns{"INFO": "I1=1;FL;I1=2;FL"}, "INFO/I1: duplicate entry", ""},
		{RuleSpace, columns{"ID": "a b"}, `ID: invalid identifier: "a b"`, ""},
		{RuleSpace, columns{"INFO": "S1=a b"}, "INFO: white space is not allowed here", ""},
	} {
		text, good := line(c.columns), line(nil)
		for _, relaxed := range []Rules{0, AllRules &^ Rules(0).With(c.rule)} {
			r := NewRecord(testHeader(t, "4.2"))
			r.Relaxed = relaxed
			var at *ParseError
			if err := r.Parse(text, 7); !errors.As(err, &at) || at.Rule.Base() != c.rule || at.reason() != c.place {
				t.Errorf("%v without %s: %v", c.columns, c.rule, err)
			}
		}
		r := NewRecord(testHeader(t, "4.2"))
		r.Relaxed = r.Relaxed.With(c.rule)
		for number, text := range [][]byte{good, text, text, good, text} {
			err := r.Parse(text, int64(number))
			if err != nil {
				t.Errorf("%v with %s: %v", c.columns, c.rule, err)
				break
			}
			odd := number != 0 && number != 3
			if r.Broken().holds(c.rule) != odd || r.Broken()&^(1<<c.rule) != 0 {
				t.Errorf("%v: record %d breaks %q", c.columns, number, r.Broken())
			}
			var misfits []string
			for _, i := range r.Misfits() {
				misfits = append(misfits, r.FormatField(i).ID)
			}
			if odd && strings.Join(misfits, " ") != c.misfits || !odd && misfits != nil {
				t.Errorf("%v: misfits %v in record %d", c.columns, misfits, number)
			}
			if got := rebuild(r); c.rule != RuleEmpty && string(got) != string(text) {
				t.Errorf("%q gives %q", text, got)
			}
		}
		want := fmt.Sprintf("%s 3 records (first at line 1: %s)", c.rule, shortenTo(c.place, maxPlace))
		if got := r.Notes.String(); got != want {
			t.Errorf("%v:\n got %s\nwant %s", c.columns, got, want)
		}
	}
}

// What no rule is about stays refused.
func TestNeverRelaxed(t *testing.T) {
	for _, c := range []columns{
		{"CHROM": ""}, {"CHROM": "chr 1"}, {"POS": "x"}, {"POS": "-1"}, {"REF": ""}, {"QUAL": "high"}, {"ID": "a\x00"},
		{"INFO": "S1=\xff"}, {"INFO": "=1"},
		{"FORMAT": "GT::AD"}, {"FORMAT": "GT:DP:DP"}, {"s1": "0/1:7"}, {"s2": "0/0\t0/0"}, {"CHROM": "#x"},
	} {
		r := NewRecord(testHeader(t, "4.2"))
		r.Relaxed = AllRules
		var at *ParseError
		if err := r.Parse(line(c), 7); !errors.As(err, &at) || at.Rule != 0 {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// A FORMAT key that nothing declares is text without being relaxed; it is counted all the same, and once per record.
func TestUndeclaredFormat(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	for number, format := range []string{"GT", "GT:XX:YY", "GT", "GT:YY", "GT:XX:YY"} {
		if err := r.Parse(line(columns{"FORMAT": format}), int64(number)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := r.Notes.String(),
		"undeclared 3 records (first at line 1: FORMAT/XX: key is not declared)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUndeclaredInfo(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	r.Relaxed = AllRules
	var ordinals []int
	for range 2 {
		if err := r.Parse(line(columns{"INFO": "NOPE=1;I1=2;ALSO;NOPE"}), 1); err != nil {
			t.Fatal(err)
		}
		for i := range r.NumInfo() {
			ordinals = append(ordinals, r.InfoOrdinal(i))
		}
	}
	if n := r.h.nInfos; cmp.Diff([]int{n, 0, n + 1, n, n, 0, n + 1, n}, ordinals) != "" {
		t.Errorf("ordinals %v, declared %d", ordinals, n)
	}
	var keys strings.Builder
	for i := range maxUnknown - 1 {
		fmt.Fprintf(&keys, "K%d=1;", i)
	}
	err := r.Parse(line(columns{"INFO": keys.String()}), 2)
	if !errors.Is(err, ErrTooManyKeys) ||
		!strings.Contains(err.Error(), "INFO/K9998: too many keys: 10000 are not declared") {
		t.Errorf("%d keys: %v", maxUnknown+1, err)
	}
}

// Once a rule's first place is known, records that break it cost no memory.
func TestRelaxedAllocations(t *testing.T) {
	r := NewRecord(testHeader(t, "4.2"))
	r.Relaxed = AllRules
	text := line(columns{"ID": "a;a; ", "REF": "-", "ALT": "R,,-", "QUAL": "-1", "FILTER": "a,b;;0",
		"INFO": "I1=x;I2=1,2,3;;NOPE;FL;FL;S1=a b", "FORMAT": "GT:AD:GL:XX", "s1": "0/9:1:x"})
	parse := func() {
		if err := r.Parse(text, 9); err != nil {
			t.Fatal(err)
		}
	}
	parse()
	if n := testing.AllocsPerRun(100, parse); n != 0 {
		t.Errorf("%v allocations", n)
	}
	const broken = RuleOrder - 1 - 1 // all but those of headers, order and normalisation
	if got := strings.Count(r.Broken().String(), ",") + 1; got != int(broken) {
		t.Errorf("%d rules are broken: %s", got, r.Broken())
	}
}

func TestNotesAreBounded(t *testing.T) {
	var n Notes
	for rule := Rule(1); rule < numRules; rule++ {
		detail := &detailed{ErrCount, strings.Repeat("é", 300)}
		if err := n.Forgive(AllRules, &ParseError{Line: 1 << 40, Column: "INFO/" + strings.Repeat("x", 60), Err: detail,
			Rule: rule}); err != nil {
			t.Fatal(err)
		}
		if text := n.String(); len(text) > maxNotes ||
			!strings.HasPrefix(text, "header 1 line (first at line 1099511627776") {
			t.Errorf("%d bytes: %s", len(text), text)
		}
	}
	if n.Count(RuleReference) != 1 || n.Count(0) != 0 {
		t.Errorf("counts %v", n.count)
	}
}

// Notes of the parts of a file add up to those of the whole, whatever their order.
func TestNotesMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var whole Notes
		parts := make([]Notes, 5)
		for line := range int64(40) {
			fault := &ParseError{Line: line, Err: ErrCount, Rule: Rule(1 + r.IntN(int(numRules)-1))}
			whole.add(fault)
			parts[line/8].add(fault)
		}
		var merged Notes
		for _, i := range r.Perm(len(parts)) {
			merged.Merge(&parts[i])
		}
		if merged != whole {
			t.Fatalf("%s\n%s", &merged, &whole)
		}
	}
}

func TestRelaxedHeader(t *testing.T) {
	lines := []string{
		"##fileformat=VCFv4.2", "##garbage", `##INFO=<ID=DP,Number=1,Type=Float,Description="">`,
		`##INFO=<ID=X,Number=1,Type=Integer>`,
		`##INFO=<ID=END,Number=2,Type=String,Description="">`, `##FORMAT=<ID=GT,Number=.,Type=Integer,Description="">`,
		`##FORMAT=<ID=AD,Number=1,Type=Flag,Description="">`,
		`##FILTER=<Description="">`, `##contig=<ID=1,length=x>`, `##INFO=<ID=CIGAR,Number=1,Type=String,Description="">`,
		chromLine + "\tFORMAT\ts1",
	}
	for i, text := range lines[1 : len(lines)-1] {
		_, err := readHeaderText(strings.Join([]string{lines[0], text, lines[len(lines)-1]}, "\n"), 0)
		var at *ParseError
		if !errors.As(err, &at) || at.Rule.Base() != RuleHeader || at.Line != 2 {
			t.Errorf("line %d: %v", i+2, err)
		}
	}
	h, err := readHeaderText(strings.Join(lines, "\n"), AllRules)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := h.Notes().String(), `header 9 lines (first at line 2: "##garbage" is not ##key=value)`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if f := h.Info([]byte("DP")); f.Type != Float || f.Line != 3 || f.rule != 0 {
		t.Errorf("DP is not as declared: %+v", f)
	}
	if f := h.Info([]byte("X")); f == nil || f.Type != Integer || f.Number != one() {
		t.Errorf("X is not as declared: %+v", f)
	}
	if h.Format([]byte("AD")).Line != 0 {
		t.Error("what was passed over is declared")
	}
	r := NewRecord(h)
	if err := r.Parse([]byte("1\t1\t.\tA\tC\t.\t.\tDP=-1.5;END=7,8;CIGAR=x\tGT\t0/1"), 12); err != nil {
		t.Error(err)
	}
	if err := r.Parse([]byte("1\t1\t.\tA\tC\t.\t.\t.\tGT\t0/7"), 13); !errors.Is(err, ErrAlleleIndex) {
		t.Errorf("GT declared as Integer is not checked: %v", err)
	}
	for _, text := range []string{"", "##fileformat=VCFv4.2\n", "##fileformat=VCFv9\n" + chromLine,
		"##fileformat=VCFv4.2\n" + chromLine + "\tFORMAT\ta\ta"} {
		if _, err := readHeaderText(text, AllRules); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// Returns to a contig, counted chunk by chunk, are those of the whole file.
func TestRelaxedOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	returns := int64(0)
	for range 3000 {
		var places []place
		for len(places) < r.IntN(20) {
			places = append(places, place{string('a' + r.Int32N(3)), r.Int64N(9)})
		}
		var want, got Notes
		whole, merged := Order{Notes: &want}, Order{Notes: &got}
		if err := checkAll(&whole, places, 0); err != nil {
			t.Fatal(err)
		}
		for from := 0; from < len(places); {
			to := min(len(places), from+1+r.IntN(5))
			var notes Notes
			chunk := Order{Notes: &notes}
			if err := errors.Join(checkAll(&chunk, places[from:to], from), merged.Merge(&chunk)); err != nil {
				t.Fatal(err)
			}
			got.Merge(&notes)
			from = to
		}
		if got.String() != want.String() || whole.Unsorted() != merged.Unsorted() {
			t.Fatalf("%v: %s, unsorted %d; in chunks %s, unsorted %d", places, &want, whole.Unsorted(), &got, merged.Unsorted())
		}
		returns += want.Count(RuleOrder)
	}
	if returns == 0 {
		t.Error("no case returns to a contig")
	}
}
