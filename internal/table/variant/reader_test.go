package variant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/tabletest"
)

// source is a record of a test, and where it is from.
type source struct {
	contig, job      string
	item             int
	line, start, end int64
	text             string            // of the site
	calls            map[string]string // by sample
}

func siteText(s *Site) string {
	return fmt.Sprintf("%s %d %d %q %s %q %v %v %q %v %q", s.Contig, s.Start, s.End, s.Names, s.Ref, s.Alts, s.Qual,
		s.HasQual, s.Filters, pairsText(s.Attributes), s.Format)
}

func pairsText(pairs []column.KV) string {
	var out strings.Builder
	for _, kv := range pairs {
		fmt.Fprintf(&out, "%s=%s,%v;", kv.Key, kv.Value, kv.Null)
	}
	return out.String()
}

func callText(c *Call) string {
	gl := make([]uint64, len(c.GL))
	for i, v := range c.GL {
		gl[i] = math.Float64bits(v)
	}
	return fmt.Sprint(c.HasGT, c.Phased, c.Calls, gl, c.GL == nil, c.PL, c.PL == nil, c.AD, c.AD == nil, c.SPL, c.GQ, c.DP,
		c.PS, pairsText(c.Information), string(c.Text))
}

// writeRandom writes data files of several jobs and items, and gives their records.
func writeRandom(t *testing.T, r *rand.Rand) (files []column.DataFile, sources []source) {
	t.Helper()
	for job := range 1 + r.IntN(3) {
		for item := range 1 + r.IntN(2) {
			names := make([][]byte, r.IntN(5))
			for i := range names {
				names[i] = fmt.Appendf(nil, "s%d", 3*job+i)
			}
			jobID := fmt.Sprintf("job%d", job)
			writers := make([]*Writer, 1+r.IntN(2))
			for i := range writers {
				path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.parquet", i))
				w := NewWriter(tabletest.NewFile(t, path), Options{JobID: jobID, Item: item, Samples: names,
					RowGroups: column.Options{RowGroupRows: 1 + r.IntN(60)}})
				writers[i] = w
			}
			line, at := int64(10), int64(0)
			for _, contig := range []string{"chr2", "chr10", "chr1"} {
				at = r.Int64N(20) - 1
				for range r.IntN(60) {
					line += 1 + r.Int64N(2)
					at += r.Int64N(7) - 1 // not sorted, and with equals
					site := randomSite(r, contig, max(at, -1), line)
					s := source{contig: contig, job: jobID, item: item, line: line, start: site.Start, end: site.End,
						text: siteText(site), calls: map[string]string{}}
					w := writers[r.IntN(len(writers))]
					for first := 0; first == 0 || first < len(names); {
						n := min(len(names)-first, 1+r.IntN(4))
						var calls []int32
						for i := range n {
							call := randomCall(r)
							s.calls[string(names[first+i])] = callText(call)
							calls = append(calls, w.Call(call))
						}
						if err := w.Write(site, first, calls); err != nil {
							t.Fatal(err)
						}
						if first += n; n == 0 {
							break
						}
					}
					sources = append(sources, s)
				}
			}
			for _, w := range writers {
				file, err := w.Close()
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
		}
	}
	return files, sources
}

func randomTexts(r *rand.Rand, most int) (out [][]byte) {
	for range r.IntN(most + 1) {
		out = append(out, fmt.Appendf(nil, "t%d", r.IntN(20)))
	}
	return out
}

func randomPairs(r *rand.Rand, most int) (out []column.KV) {
	for i := range r.IntN(most + 1) {
		kv := column.KV{Key: fmt.Appendf(nil, "K%d", i), Null: r.IntN(4) == 0}
		if !kv.Null {
			kv.Value = []byte(strings.Repeat("v", r.IntN(12)))
		}
		out = append(out, kv)
	}
	return out
}

func randomSite(r *rand.Rand, contig string, start, line int64) *Site {
	s := &Site{Contig: []byte(contig), Start: start, End: start + 1 + r.Int64N(9), Names: randomTexts(r, 2),
		Ref: []byte("ACGT"[:1+r.IntN(4)]), Alts: randomTexts(r, 3),
		HasQual: r.IntN(2) == 0, Filters: randomTexts(r, 2), Attributes: randomPairs(r, 6), Line: line,
		Format: []byte("GT:X")}
	if s.HasQual {
		s.Qual = float64(r.IntN(5)) / 4
	}
	return s
}

func randomInts(r *rand.Rand) []int32 {
	if r.IntN(3) == 0 {
		return nil
	}
	out := []int32{int32(r.IntN(99))}
	for range r.IntN(4) {
		out = append(out, []int32{column.MissingInt, int32(r.IntN(9)) - 4}[r.IntN(2)])
	}
	return out
}

func randomCall(r *rand.Rand) *Call {
	c := &Call{HasGT: r.IntN(3) > 0, PL: randomInts(r), AD: randomInts(r), SPL: randomInts(r),
		GQ: column.Int{V: int32(r.IntN(99)), Valid: true}, Information: randomPairs(r, 3)}
	if c.HasGT {
		c.Phased, c.Calls = r.IntN(2) == 0, []int32{int32(r.IntN(3)) - 1, 1}[:r.IntN(3)]
	}
	if r.IntN(2) == 0 {
		c.GL = []float64{-r.Float64(), column.MissingFloat(), math.Copysign(0, -1)}[:1+r.IntN(3)]
	}
	if r.IntN(2) == 0 {
		c.DP, c.PS = column.Int{V: 7, Valid: true}, column.Int{V: int32(r.IntN(9)), Valid: true}
	}
	if r.IntN(9) == 0 {
		c.Text = []byte("0/1|2:x")
	}
	return c
}

// TestVariantReader writes random files and reads random parts of them, in order.
func TestVariantReader(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 7))
		files, sources := writeRandom(t, r)
		survey, err := NewSurvey(ctx, tabletest.Open, files)
		if err != nil {
			t.Fatal(err)
		}
		read := Read{Contigs: []string{"chr1", "chr2", "chr10"}, Jobs: survey.Jobs(), NoSites: seed%3 == 1}
		if seed%4 == 1 {
			slices.Reverse(read.Jobs)
			read.Jobs = read.Jobs[:1]
		}
		for i := range 12 {
			if seed%2 == 0 || r.IntN(2) == 0 {
				read.Samples = append(read.Samples, fmt.Sprintf("s%d", i))
			}
		}
		if seed%3 == 0 {
			read.Regions = []Region{{"chr10", 5, 20}, {"chr10", 15, 40}, {"chr1", 3, 4}, {"none", 0, 9}}
		}
		if read.NoSites {
			if survey, err = survey.OfSamples(ctx, read.Samples); err != nil {
				t.Fatal(err)
			}
		}
		var want []string
		for _, s := range inOrder(sources, read) {
			want = append(want, wanted(&s, read))
		}
		var got []string
		rows := survey.read(ctx, read, []readLimits{defaultReadLimits, {1 + r.IntN(9), 1 << 10, 0}, {1 << 11, 1, 1 << 20},
			{3, 1, 1 << 20}}[seed/2%4])
		for {
			rec, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, given(rec, read))
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %d records of %d\n%s", seed, len(got), len(want), diff)
		}
		if seed%3 != 0 && seed%4 != 1 && len(got) == 0 && len(read.Samples) > 9 {
			t.Errorf("seed %d: nothing was read", seed)
		}
	}
}

// A damaged file ends a reading with an error that names it, whichever byte is wrong, or gives records.
func TestVariantReaderOfDamagedFile(t *testing.T) {
	m := maker{tabletest.Maker{Rand: rand.New(rand.NewPCG(17, 18))}}
	file := m.variantFile(t, t.TempDir(), Options{JobID: "j", Samples: sampleNames("s", 2)}, 50, true, false)
	m.EachDamage(t, file.Path, func(int) error {
		survey, err := NewSurvey(t.Context(), tabletest.Open, []column.DataFile{file})
		if err != nil {
			return err
		}
		samples, err := survey.Texts(t.Context(), SurveySamples, survey.Jobs())
		if err != nil {
			return err
		}
		rows := survey.Read(t.Context(), Read{Contigs: survey.Contigs(), Jobs: survey.Jobs(), Samples: samples})
		defer rows.Close()
		for {
			if _, err := rows.Next(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}

// inOrder gives the records that are asked for.
func inOrder(sources []source, read Read) (out []source) {
	for _, s := range sources {
		some := len(s.calls) == 0 && !read.NoSites
		for name := range s.calls {
			some = some || slices.Contains(read.Samples, name)
		}
		in := read.Regions == nil
		for _, region := range read.Regions {
			in = in || region.Contig == s.contig && s.start < region.End && s.end > region.Start
		}
		if some && in && slices.Contains(read.Jobs, s.job) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b source) int {
		return cmp.Or(cmp.Compare(slices.Index(read.Contigs, a.contig), slices.Index(read.Contigs, b.contig)),
			cmp.Compare(a.start, b.start),
			cmp.Compare(slices.Index(read.Jobs, a.job), slices.Index(read.Jobs, b.job)), cmp.Compare(a.item, b.item),
			cmp.Compare(a.line, b.line))
	})
	return out
}

func wanted(s *source, read Read) string {
	out := fmt.Sprintf("%s %d %d %s", s.job, s.item, s.line, s.text)
	for _, name := range read.Samples {
		if call, ok := s.calls[name]; ok {
			out += fmt.Sprintf("\n%s %s", name, call)
		}
	}
	return out
}

func given(rec *Record, read Read) string {
	out := fmt.Sprintf("%s %d %d %s", read.Jobs[rec.Job], rec.Item, rec.Line, siteText(&rec.Site))
	calls := map[int]string{}
	for sample, call := range rec.Calls() {
		calls[sample] = callText(call)
	}
	for sample, name := range read.Samples {
		if call, ok := calls[sample]; ok {
			out += fmt.Sprintf("\n%s %s", name, call)
		}
	}
	return out
}

func TestVariantReaderStops(t *testing.T) {
	files, _ := writeRandom(t, rand.New(rand.NewPCG(3, 7)))
	survey, err := NewSurvey(t.Context(), tabletest.Open, files)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	gone := errors.New("the client is gone")
	cancel(gone)
	if _, err := survey.Read(ctx, Read{Contigs: survey.Contigs(), Jobs: survey.Jobs()}).Next(); !errors.Is(err, gone) {
		t.Errorf("read on: %v", err)
	}
}

// TestVariantReaderOfOldRows reads rows that do not say which record they are of.
func TestVariantReaderOfOldRows(t *testing.T) {
	w := NewWriter(tabletest.NewFile(t, filepath.Join(t.TempDir(), "old.parquet")),
		Options{JobID: "job", Samples: [][]byte{[]byte("a"), []byte("b")}})
	var want []string
	add := func(start int64, alt string, times int) {
		for range times { // a record may be there twice
			site := Site{Contig: []byte("chr1"), Start: start, End: start + 1, Ref: []byte("A"), Alts: [][]byte{[]byte(alt)},
				Line: 7, Format: []byte("DP")}
			calls := []int32{w.Call(&Call{DP: column.Int{V: 1, Valid: true}}), w.Call(&Call{DP: column.Int{V: 2, Valid: true}})}
			w.writeSite(&site)
			w.rows.Series(w.samples, 0, 2)
			if err := w.rows.Add(calls, 16); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("%d %s 2", start, alt))
		}
	}
	add(1, "C", 2)
	add(1, "G", 1)
	add(5, "G", 3)
	file, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	survey, err := NewSurvey(t.Context(), tabletest.Open, []column.DataFile{file})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	rows := survey.Read(context.Background(), Read{Contigs: []string{"chr1"}, Jobs: []string{"job"},
		Samples: []string{"a", "b"}})
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		for sample, call := range rec.Calls() {
			if calls++; call.DP.V != int32(sample+1) {
				t.Errorf("sample %d has DP %d", sample, call.DP.V)
			}
		}
		if rec.Format != nil || rec.Item != -1 {
			t.Errorf("FORMAT %q, item %d", rec.Format, rec.Item)
		}
		got = append(got, fmt.Sprintf("%d %s %d", rec.Start, rec.Alts[0], calls))
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
