package vcf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// The iterator gives what a reading line by line gives, of every file of the corpus.
func TestRecordsOfCorpus(t *testing.T) {
	for _, path := range corpusFiles(t, ".") {
		text := readCorpusFile(t, path)
		var want, got []string
		_, wantNotes, wantErr := readRelaxed(text, Customary, func(r *Record) { want = append(want, string(r.Line())) })
		r := NewReader(bytes.NewReader(text))
		var gotErr error
		for record, err := range r.Records() {
			if err != nil {
				gotErr = err
				break
			}
			got = append(got, string(record.Line()))
		}
		if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) || r.Notes().String() != wantNotes.String() {
			t.Errorf("%s: %v, %s; line by line %v, %s", path, gotErr, r.Notes(), wantErr, &wantNotes)
		}
		if !slices.Equal(want, got) {
			t.Errorf("%s (-line by line +iterator):\n%s", path, cmp.Diff(want, got))
		}
	}
}

const smallVCF = "##fileformat=VCFv4.3\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"

// Who goes on after a bad line gets the records after it; who stops goes on later.
func TestRecordsGoOn(t *testing.T) {
	r := NewReader(strings.NewReader(smallVCF +
		"1\t1\t.\tA\tC\t.\t.\tDP=1\n1\tx\t.\tA\tC\t.\t.\tDP=2\n\n1\t3\t.\tA\tC\t.\t.\tDP=3\n1\t4\t.\tA\tC\t.\t.\tDP=4"))
	var met []string
	for record, err := range r.Records() {
		var fault *ParseError
		switch {
		case err == nil:
			met = append(met, string(record.InfoText()))
		case errors.As(err, &fault) && record == nil:
			met = append(met, fault.Error())
		}
		if len(met) == 3 {
			break
		}
	}
	for record, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		met = append(met, string(record.InfoText()), fmt.Sprint(r.Line()))
	}
	want := []string{"DP=1", `line 5: POS: position is not an integer from 0 to 2147483647: "x"`, "DP=3", "DP=4", "8"}
	if diff := cmp.Diff(want, met); diff != "" || r.Notes().Count(RuleEmpty) != 1 {
		t.Errorf("(-want +got):\n%s%s", diff, r.Notes())
	}
	for range r.Records() {
		t.Error("there is a record after the last")
	}
}

// What ends the records: faults of the header and of the source, and a long line.
func TestRecordsEnd(t *testing.T) {
	broken := errors.New("network is down")
	long := smallVCF + "1\t1\t.\tA\tC\t.\t.\tDP=1\n1\t2\t" + strings.Repeat("x", 3*readerBuffer) +
		"\tA\tC\t.\t.\t.\n1\t3\t.\tA\tC\t.\t.\t.\n"
	for name, c := range map[string]struct {
		source  io.Reader
		most    int
		relaxed Rules
		records int
		want    error
	}{
		"header": {strings.NewReader("##fileformat=VCFv4.3\n"), MaxLineBytes, Customary, 0, ErrNoChromLine},
		"source": {io.MultiReader(strings.NewReader(smallVCF+"1\t1\t.\tA\tC\t.\t.\tDP=1\n1\t2"),
			iotest.ErrReader(broken)), MaxLineBytes, Customary, 1, broken},
		"in a header": {iotest.ErrReader(broken), MaxLineBytes, Customary, 0, broken},
		"long line":   {strings.NewReader(long), 2 * readerBuffer, Customary, 1, ErrLineTooLong},
		"short bound": {strings.NewReader(long), 5, Customary, 0, ErrLineTooLong},
		"lines fit":   {strings.NewReader(long), MaxLineBytes, Customary, 3, nil},
		"order": {strings.NewReader(smallVCF +
			"1\t1\t.\tA\tC\t.\t.\t.\n2\t1\t.\tA\tC\t.\t.\t.\n1\t9\t.\tA\tC\t.\t.\t.\n"), MaxLineBytes, 0, 2, ErrNotContiguous},
	} {
		r := NewReader(c.source)
		r.MaxLine, r.Relaxed = c.most, c.relaxed
		n := 0
		var last error
		for record, err := range r.Records() {
			if last = err; record != nil {
				n++
			}
		}
		if n != c.records || !errors.Is(last, c.want) {
			t.Errorf("%s: %d records, %v", name, n, last)
		}
	}
}

// written writes a file's records as they are, and as drafts.
func written(t *testing.T, path string, text []byte) (same, drafts []byte, records int) {
	t.Helper()
	r := NewReader(bytes.NewReader(text))
	h, err := r.Header()
	if err != nil {
		return nil, nil, 0
	}
	var outs [2]bytes.Buffer
	var writers [2]*Writer
	for i := range writers {
		if writers[i], err = NewWriter(&outs[i], h); err != nil {
			t.Fatal(err)
		}
	}
	for record, err := range r.Records() {
		if err != nil {
			return nil, nil, 0
		}
		records++
		draft := record.Draft()
		if err := errors.Join(writers[0].Write(record), writers[1].WriteDraft(draft)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if line := bytes.TrimSuffix(writers[1].line, []byte{'\n'}); record.Broken() == 0 &&
			!bytes.Equal(line, record.Line()) {
			t.Fatalf("%s: draft %s of %s", path, line, record.Line())
		}
	}
	return outs[0].Bytes(), outs[1].Bytes(), records
}

// readBack reads what was written.
func readBack(t *testing.T, text []byte) (h *Header, lines []string) {
	t.Helper()
	r := NewReader(bytes.NewReader(text))
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	for record, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(record.wholeLine()))
	}
	return h, lines
}

// Every file of the corpus that is read is written, and read again as the same, record by record. bcftools reads what
// is written of what it read.
func TestWriterOfCorpus(t *testing.T) {
	files := 0
	for i, path := range corpusFiles(t, ".") {
		text := readCorpusFile(t, path)
		same, drafts, records := written(t, path, text)
		if same == nil {
			continue
		}
		files++
		h, lines := readBack(t, text)
		for name, out := range map[string][]byte{"as they are": same, "as drafts": drafts} {
			again, back := readBack(t, out)
			if len(back) != records || again.Version != h.Version {
				t.Errorf("%s: %d records of %d, %v", path, len(back), records, again.Version)
			}
			if diff := cmp.Diff([]any{h.Infos, h.Formats, h.Filters, h.Alts, h.Contigs, h.Samples},
				[]any{again.Infos, again.Formats, again.Filters, again.Alts, again.Contigs, again.Samples},
				cmp.FilterPath(func(p cmp.Path) bool {
					return p.String() == "Line" || p.String() == "rule" ||
						p.String() == "index"
				}, cmp.Ignore())); diff != "" {
				t.Errorf("%s %s: header (-before +after):\n%s", path, name, diff)
			}
			if name == "as drafts" && !slices.Equal(back, bodyLines(out)) {
				t.Errorf("%s: drafts are read otherwise than they were written", path)
			}
			if name == "as they are" && !slices.Equal(lines, back) {
				t.Errorf("%s: other lines", path)
			}
		}
		if i%8 == 0 { // two processes each
			bcftoolsReads(t, path, text, drafts)
		}
	}
	if files < 300 {
		t.Errorf("only %d files were read", files)
	}
}

// bodyLines are the lines of a file after its header.
func bodyLines(text []byte) (lines []string) {
	for line := range strings.Lines(string(text)) {
		if line[0] != '#' {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// bcftoolsReads holds that bcftools finds in what was written the records that it finds in the file, if it reads that.
func bcftoolsReads(t *testing.T, path string, file, out []byte) {
	t.Helper()
	bcftools, err := exec.LookPath("bcftools")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("bcftools is needed in CI: %v", err)
		}
		return
	}
	view := func(text []byte) ([]byte, error) {
		place := filepath.Join(t.TempDir(), "x.vcf")
		if err := os.WriteFile(place, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(bcftools, "view", "-H", place).Output()
	}
	want, err := view(file)
	if err != nil {
		return
	}
	if got, err := view(out); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: bcftools (-file +written), %v:\n%s", path, err, cmp.Diff(strings.Split(string(want), "\n"),
			strings.Split(string(got), "\n")))
	}
}

func TestWriteDraft(t *testing.T) {
	h, err := readHeaderText(strings.Replace(smallVCF, "INFO\n", "INFO\tFORMAT\ts1\ts2\n", 1), Customary)
	if err != nil {
		t.Fatal(err)
	}
	good := func(change func(*Draft)) *Draft {
		d := &Draft{Chrom: "1", Pos: 5, Ref: "A", Alts: []string{"C"}, Qual: "30", Filters: []string{"PASS"},
			Format: []string{"GT"}, Samples: [][]string{{"0/1"}, {}}}
		change(d)
		return d
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, h)
	if err != nil {
		t.Fatal(err)
	}
	head := out.Len()
	for _, change := range []func(*Draft){
		func(*Draft) {},
		func(d *Draft) {
			d.IDs, d.Alts, d.Qual, d.Filters = []string{"rs1", "rs2"}, nil, "", nil
			d.Samples[0][0] = "0/0"
		},
		func(d *Draft) { d.SetInfo("DB", ""); d.SetInfo("DP", "4"); d.SetInfo("DP", "7") },
		func(d *Draft) { d.SetInfo("DP", "4"); d.DropInfo("DP") },
	} {
		if err := w.WriteDraft(good(change)); err != nil {
			t.Error(err)
		}
	}
	want := "1\t5\t.\tA\tC\t30\tPASS\t.\tGT\t0/1\t.\n1\t5\trs1;rs2\tA\t.\t.\t.\t.\tGT\t0/0\t.\n1\t5\t.\tA\tC\t30\tPASS\tDB;DP=7\tGT\t0/1\t.\n1\t5\t.\tA\tC\t30\tPASS\t.\tGT\t0/1\t.\n"
	if got := out.String()[head:]; got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	whole := out.Len()
	for name, c := range map[string]struct {
		change func(*Draft)
		want   Fault
		column string
	}{
		"no contig":            {func(d *Draft) { d.Chrom = "a b" }, ErrChrom, "CHROM"},
		"position":             {func(d *Draft) { d.Pos = -1 }, ErrPos, "POS"},
		"tab":                  {func(d *Draft) { d.IDs = []string{"a\tb"} }, ErrSeparator, "ID"},
		"line feed":            {func(d *Draft) { d.Filters = []string{"PASS\n1\t1"} }, ErrSeparator, "FILTER"},
		"semicolon":            {func(d *Draft) { d.SetInfo("DP", "1;DB") }, ErrSeparator, "INFO/DP"},
		"equals sign":          {func(d *Draft) { d.SetInfo("DP=1;X", "1") }, ErrSeparator, "INFO"},
		"comma":                {func(d *Draft) { d.Alts = []string{"C,G"} }, ErrSeparator, "ALT"},
		"colon":                {func(d *Draft) { d.Samples[1] = []string{"0/1:5"} }, ErrSeparator, "sample s2"},
		"too many values":      {func(d *Draft) { d.Samples[1] = []string{"0/1", "5"} }, ErrTooManyFields, "sample s2"},
		"a sample is missing":  {func(d *Draft) { d.Samples = d.Samples[:1] }, ErrColumns, ""},
		"allele":               {func(d *Draft) { d.Alts = []string{"Q"} }, ErrAllele, "ALT"},
		"key without a header": {func(d *Draft) { d.SetInfo("NOPE", "1") }, ErrUndeclared, "INFO/NOPE"},
		"genotype":             {func(d *Draft) { d.Samples[0][0] = "0/2" }, ErrAlleleIndex, "sample s1 FORMAT/GT"},
		"quality":              {func(d *Draft) { d.Qual = "good" }, ErrQual, "QUAL"},
	} {
		err := w.WriteDraft(good(c.change))
		var fault *ParseError
		if !errors.As(err, &fault) || !errors.Is(err, c.want) || fault.Column != c.column || fault.Line != 8 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out.Len() != whole {
		t.Error("what was refused was written")
	}
	broken := errors.New("disk is full")
	if _, err := NewWriter(brokenWriter{broken}, h); !errors.Is(err, broken) {
		t.Error(err)
	}
	w.w = brokenWriter{broken}
	for range 2 {
		if err := w.WriteDraft(good(func(*Draft) {})); !errors.Is(err, broken) {
			t.Error(err)
		}
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// Records are written under other samples by drafts, and under a header that lacks their keys not at all.
func TestWriterOfOtherHeader(t *testing.T) {
	text := strings.Replace(smallVCF, "INFO\n", "INFO\tFORMAT\ta\tb\n", 1) + "1\t1\t.\tA\tC\t.\t.\tDP=1\tGT\t0/1\t1/1\n"
	r := NewReader(strings.NewReader(text))
	h, err := r.Header()
	if err != nil {
		t.Fatal(err)
	}
	one, err := h.WithSamples([]string{"b"})
	if err != nil {
		t.Fatal(err)
	}
	none, err := h.WithSamples(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ParseHeader([]byte(strings.Replace(text, "ID=DP", "ID=XX", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WithSamples([]string{"a", "a"}); !errors.Is(err, ErrDuplicateSample) {
		t.Error(err)
	}
	for record, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		for header, want := range map[*Header]string{one: "1\t1\t.\tA\tC\t.\t.\tDP=1\tGT\t1/1\n",
			none: "1\t1\t.\tA\tC\t.\t.\tDP=1\n"} {
			var out bytes.Buffer
			w, err := NewWriter(&out, header)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(record); !errors.Is(err, ErrTooManyColumns) {
				t.Errorf("a record of two samples: %v", err)
			}
			draft := record.Draft()
			draft.Samples = draft.Samples[2-len(header.Samples):]
			if err := w.WriteDraft(draft); err != nil || !strings.HasSuffix(out.String(), want) {
				t.Errorf("%s, %v", &out, err)
			}
		}
		w, err := NewWriter(io.Discard, other)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(record); err != nil { // DP is reserved
			t.Error(err)
		}
	}
}

// FuzzDraft: a Draft that is written is read as it was.
func FuzzDraft(f *testing.F) {
	f.Add("1", int64(5), "rs1;rs2", "A", "C,G", "30", "PASS", "DP=7;DB", "GT:DP", "0/1:3")
	f.Add("1", int64(0), "", "A", "", "", "", "", "", "")
	f.Add("1\t", int64(1), "\n", "A\n", "<DEL>", "x", "0", "=", ":", "::")
	h, err := readHeaderText(strings.Replace(smallVCF, "INFO\n", "INFO\tFORMAT\ts\n", 1), Customary)
	if err != nil {
		f.Fatal(err)
	}
	split := func(text, separator string) []string {
		if text == "" {
			return nil
		}
		return strings.Split(text, separator)
	}
	f.Fuzz(func(t *testing.T, chrom string, pos int64, ids, ref, alts, qual, filters, info, format, sample string) {
		d := &Draft{Chrom: chrom, Pos: pos, IDs: split(ids, " "), Ref: ref, Alts: split(alts, " "), Qual: qual,
			Filters: split(filters, " "),
			Format:  split(format, " "), Samples: [][]string{split(sample, " ")}}
		for _, entry := range split(info, " ") {
			key, value, has := strings.Cut(entry, "|")
			d.Info = append(d.Info, DraftInfo{key, value, !has})
		}
		var out bytes.Buffer
		w, err := NewWriter(&out, h)
		if err != nil {
			t.Fatal(err)
		}
		if w.WriteDraft(d) != nil {
			return
		}
		records := 0
		for record, err := range NewReader(bytes.NewReader(out.Bytes())).Records() {
			if err != nil {
				t.Fatalf("%q is not read: %v", &out, err)
			}
			if records++; string(record.Chrom()) != chrom || record.Pos() != pos || string(record.Ref()) != ref ||
				len(record.AppendAlts(nil)) > max(len(d.Alts), 1) {
				t.Fatalf("%+v is read as %q", d, record.Line())
			}
			if again, err := appendDraft(nil, record.Draft(), h, 1); err != nil || record.Broken() == 0 &&
				!bytes.Equal(again, record.Line()) {
				t.Fatalf("%q is %q, %v", record.Line(), again, err)
			}
		}
		if records != 1 {
			t.Fatalf("%d records: %q", records, &out)
		}
	})
}

// BenchmarkRecords compares the iterator with Records that are fed line by line, as an import feeds them.
func BenchmarkRecords(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(smallVCF)
	for i := range 20_000 {
		fmt.Fprintf(&text, "1\t%d\t.\tA\tC\t30\tPASS\tDP=%d\n", i+1, i)
	}
	b.Run("iterator", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range NewReader(bytes.NewReader(text.Bytes())).Records() {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("by line", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := readRelaxed(text.Bytes(), Customary, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
