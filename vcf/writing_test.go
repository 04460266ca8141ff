package vcf

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// writing is what a Writer makes of records.
type writing struct {
	text   string
	errs   []error
	traces []string // LastLine after each call
}

func writeAll(t *testing.T, body string, relaxed Rules, drafts bool) (w writing) {
	t.Helper()
	r := NewReader(strings.NewReader(smallVCF + body))
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to, err := NewWriter(&out, h)
	if err != nil {
		t.Fatal(err)
	}
	to.Relaxed = relaxed
	for record, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if drafts {
			err = to.WriteDraft(record.Draft())
		} else {
			err = to.Write(record)
		}
		w.errs, w.traces = append(w.errs, err), append(w.traces, string(to.LastLine()))
	}
	w.text = out.String()
	return w
}

// What a Writer wrote a Reader with the same rules reads: neither order nor what records break passes by.
func TestWriterHoldsItsRules(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Fault // of the last record, under no rule relaxed
	}{
		"a contig that was left": {"1\t1\t.\tA\tC\t.\t.\t.\n2\t1\t.\tA\tC\t.\t.\t.\n1\t2\t.\tA\tC\t.\t.\t.\n",
			ErrNotContiguous},
		"a value of another type": {"1\t1\t.\tA\tC\t.\t.\t.\n1\t1\t.\tA\tC\t.\t.\tDP=x\n", ErrInteger},
	} {
		for _, drafts := range []bool{false, true} {
			lax := writeAll(t, c.body, Customary, drafts)
			if err := errors.Join(lax.errs...); err != nil || lax.text != smallVCF+c.body {
				t.Errorf("%s: %v, %s", name, err, lax.text)
			}
			strict := writeAll(t, c.body, 0, drafts)
			last := len(strict.errs) - 1
			if err := errors.Join(strict.errs[:last]...); err != nil || !errors.Is(strict.errs[last], c.want) {
				t.Errorf("%s: %v", name, strict.errs)
			}
			lines := strings.SplitAfter(c.body, "\n")
			if want := smallVCF + strings.Join(lines[:last], ""); strict.text != want {
				t.Errorf("%s: %s", name, strict.text)
			}
			r := NewReader(strings.NewReader(strict.text))
			r.Relaxed = 0
			for _, err := range r.Records() {
				if err != nil {
					t.Errorf("%s: what was written is not read: %v", name, err)
				}
			}
			// The line written last, of which there is none after a refusal.
			traces := append(bodyLines([]byte(strict.text)), "")
			if !slices.Equal(strict.traces, traces) {
				t.Errorf("%s: last lines %q, want %q", name, strict.traces, traces)
			}
		}
	}
}

// A record whose columns a reading did not look at is checked when it is written.
func TestWriterChecksWhatWasIgnored(t *testing.T) {
	h, err := readHeaderText(strings.Replace(smallVCF, "INFO\n", "INFO\tFORMAT\ts\n", 1), Customary)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		line   string
		ignore func(*Record)
		want   Fault
	}{
		"quality": {"1\t1\t.\tA\tC\tx\t.\t.\tGT\t0", func(r *Record) { r.IgnoreQual = true }, ErrQual},
		"filter":  {"1\t1\t.\tA\tC\t.\ta,b\t.\tGT\t0", func(r *Record) { r.IgnoreFilter = true }, ErrFilter},
		"samples": {"1\t1\t.\tA\tC\t.\t.\t.\tGT\t7", func(r *Record) { r.DeferSamples = true }, ErrAlleleIndex},
	} {
		r := NewRecord(h)
		c.ignore(r)
		if err := r.Parse([]byte(c.line), 4); err != nil {
			t.Fatal(err)
		}
		w, err := NewWriter(io.Discard, h)
		if err != nil {
			t.Fatal(err)
		}
		w.Relaxed = 0
		if err := w.Write(r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A Header put together by hand lacks what parsing finds, and is refused.
func TestHeaderMadeByHand(t *testing.T) {
	h := &Header{Version: Version{4, 3}, Contigs: []Contig{{"1", 10}}}
	var out bytes.Buffer
	if _, err := NewWriter(&out, h); !errors.Is(err, errHandMade) || out.Len() > 0 {
		t.Errorf("%v, %q", err, &out)
	}
	if _, err := h.WithSamples([]string{"s"}); !errors.Is(err, errHandMade) {
		t.Error(err)
	}
}

// Compressed input is told from text that is damaged.
func TestCompressedInput(t *testing.T) {
	const want = "line 1: malformed header: the input is compressed, with gzip or bgzip: it is read through package bgzf"
	for _, text := range []string{"\x1f\x8b\x08\x04\x00\x00\x00", "\x1f\x8b", "\x1f\x8b\x08\n\n#"} {
		if _, err := NewReader(strings.NewReader(text)).Header(); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := ParseHeader([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What is no list of integers under a Type of Integer breaks a rule, and is refused where nothing is let go.
func TestIntegersThatAreNone(t *testing.T) {
	for _, info := range []string{"DP=3000000000", "DP=x", "DP=1.5", "DP=1,x", "END=x", "END=1,x"} {
		h, err := readHeaderText(smallVCF, Customary)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRecord(h)
		line := []byte("1\t1\t.\tA\tC\t.\t.\t" + info)
		if err := r.Parse(line, 4); err != nil {
			t.Fatal(err)
		}
		_, value, _ := r.Info(0)
		if _, ok := AppendInts(nil, value); ok || r.InfoField(0).Type != Integer || r.Broken() != 1<<RuleType {
			t.Errorf("%s: %v, of type %v, breaks %v", info, ok, r.InfoField(0).Type, r.Broken())
		}
		r.Relaxed = 0
		if err := r.Parse(line, 4); err == nil {
			t.Errorf("%s: a strict reading takes it", info)
		}
	}
}

func TestRulesWith(t *testing.T) {
	if got := Customary.With(RuleOrder, RuleType+habit, 0); got.String() != "type,order" || !got.Has(RuleOrder) ||
		got&Customary != Customary || got.Has(RuleEnd) || Rules(0).With(0, habit, custom) != 0 {
		t.Errorf("%b", got)
	}
}

// Writing a record allocates nothing.
func TestWriteAllocatesNothing(t *testing.T) {
	h, err := readHeaderText(smallVCF, Customary)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecord(h)
	if err := r.Parse([]byte("1\t1\t.\tA\tC\t30\tPASS\tDP=1"), 4); err != nil {
		t.Fatal(err)
	}
	for _, relaxed := range []Rules{0, Customary} {
		w, err := NewWriter(io.Discard, h)
		if err != nil {
			t.Fatal(err)
		}
		w.Relaxed = relaxed
		if n := testing.AllocsPerRun(100, func() {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}
