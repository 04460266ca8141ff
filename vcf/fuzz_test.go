package vcf

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"
)

// FuzzHeader holds that any input gives a header or a ParseError with a line.
func FuzzHeader(f *testing.F) {
	f.Add([]byte(benchHeader + "\ts1\ts2\n"))
	f.Add([]byte("##fileformat=VCFv4.1\r\n##SAMPLE=<SampleName=<a>,Mixture=<1.0> >\r\n" + strings.ReplaceAll(chromLine, "\t", " ")))
	f.Add([]byte("##fileformat=VCFv4.5\n##FORMAT=<ID=LEC,Number=LA,Type=Integer,Description=\"\\\"\">\n" + chromLine))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := ParseHeader(text)
		if err != nil {
			var at *ParseError
			if !errors.As(err, &at) || err.Error() == "" || at.Line == 0 && len(text) > 0 {
				t.Fatalf("got %v", err)
			}
			return
		}
		if !bytes.HasPrefix(text, h.Text) || h.columns < 8 || len(h.Samples) > 0 && h.columns != 9+len(h.Samples) {
			t.Fatalf("header: %d bytes, %d columns, %d samples", len(h.Text), h.columns, len(h.Samples))
		}
		for i := range h.Infos {
			if h.Info([]byte(h.Infos[i].ID)) == nil {
				t.Fatalf("INFO %s is not found", h.Infos[i].ID)
			}
			if _, err := ParseVEPHeader(h, h.Infos[i].ID); err != nil && !errors.Is(err, ErrDuplicateVEP) {
				t.Fatal(err)
			}
		}
		if rec := NewRecord(h); rec.Parse([]byte("1\t1\t.\tA\tC\t.\t.\t."), 1) != nil && len(h.Samples) == 0 {
			t.Fatal("a plain record is refused")
		}
	})
}

// FuzzRecord holds that a record accepted gives its line back, that its typed
// values convert, and that a fault has a line and a text.
func FuzzRecord(f *testing.F) {
	f.Add(line(columns{"INFO": "I1=1;F1=2e-1,.;FL;S1=x", "FORMAT": "GT:AD:GL:CH", "s1": "0|1:1,2:.,.,.:a,b", "s2": "."}))
	f.Add(line(columns{"ALT": "A[2:3[,<DEL>,*", "ID": "a;b", "FILTER": "x;y"}))
	f.Add([]byte("1 1 . A C . . . GT 0/1 1/1"))
	f.Add([]byte("1\t1\t.\tA\tC\t.\t.\t.\tGT:DP\t0/1:5\t\t\t"))
	var headers []*Header
	for _, version := range []string{"4.2", "4.4"} {
		headers = append(headers, testHeader(f, version))
	}
	spaced, err := ParseHeader([]byte("##fileformat=VCFv4.2\n" + strings.ReplaceAll(chromLine, "\t", " ") + " FORMAT s1 s2\n"))
	if err != nil {
		f.Fatal(err)
	}
	headers = append(headers, spaced)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, h := range headers {
			r := NewRecord(h)
			err1 := r.Parse(text, 3)
			err2 := r.Parse(text, 3)
			if (err1 == nil) != (err2 == nil) {
				t.Fatalf("once %v, then %v", err1, err2)
			}
			if err1 != nil {
				var at *ParseError
				if !errors.As(err1, &at) || at.Line != 3 || len(err1.Error()) > 1000 {
					t.Fatalf("got %v", err1)
				}
				continue
			}
			if got := rebuild(r); !bytes.Equal(bytes.TrimRight(got, "\t"), bytes.TrimRight(r.Line(), "\t")) && string(r.column(1)) == strconv.FormatInt(r.Pos(), 10) {
				t.Fatalf("%q gives %q", r.Line(), got)
			}
			convert(t, r)
		}
	})
}

// convert reads every typed value of a record.
func convert(t *testing.T, r *Record) {
	check := func(f *Field, text []byte) {
		ok := true
		switch {
		case f.rule&genotype != 0:
			for _, call := range first(AppendGT(nil, text)) {
				if call < -1 || int(call) > max(1, r.NumAlt()) {
					t.Fatalf("GT %q calls %d", text, call)
				}
			}
		case f.Type == Integer:
			_, ok = AppendInts(nil, text)
		case f.Type == Float:
			_, ok = AppendFloats(nil, text)
		}
		if !ok && (f.Type != Integer || isReserved(f) || first(AppendFloats(nil, text)) == nil) {
			t.Fatalf("%s of Type=%v holds %q", f.ID, f.Type, text)
		}
	}
	for i := range r.NumInfo() {
		_, value, _ := r.Info(i)
		check(r.InfoField(i), value)
	}
	for s := range r.NumSamples() {
		for i := range r.NumFormat() {
			check(r.FormatField(i), r.Field(s, i))
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

// FuzzFloat holds ParseFloat to strconv.
func FuzzFloat(f *testing.F) {
	for _, s := range []string{"0", "-1.5", ".5", "5.", "1e-300", "123456789012345.6", "9007199254740993", "0.1", "nan", "-Inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ParseFloat([]byte(text))
		want, err := strconv.ParseFloat(text, 64)
		if !ok {
			return
		}
		if got != want && got == got || err != nil && !errors.Is(err, strconv.ErrRange) {
			t.Fatalf("ParseFloat(%q) = %v, strconv %v, %v", text, got, want, err)
		}
	})
}

// FuzzVEP holds that no value gives entries of another number than its annotations.
func FuzzVEP(f *testing.F) {
	f.Add("Allele|Consequence|EXON|FLAGS|x", "A|b&c|1/2||y,C||||")
	f.Add("Allele|Allele", "|,|")
	f.Fuzz(func(t *testing.T, layout, value string) {
		format := newVEPFormat(vepNames("Format: " + layout))
		if format == nil {
			return
		}
		var dst []VEPEntry
		for range 2 {
			dst = format.Parse([]byte(value), dst[:0])
			if dst == nil || len(dst) > 0 && len(dst) != strings.Count(value, ",")+1 {
				t.Fatalf("%d entries", len(dst))
			}
			for i := range dst {
				if (dst[i].Extras == nil) == format.extras {
					t.Fatalf("extras: %v", dst[i].Extras)
				}
			}
		}
	})
}
