package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// cli runs a command that must end with the exit code.
func cli(t *testing.T, code int, arguments ...string) (stdout, stderr string) {
	t.Helper()
	var out, words bytes.Buffer
	if got := run(t.Context(), arguments, &out, &words); got != code {
		t.Fatalf("varlake %s: exit code %d, want %d\n%s", strings.Join(arguments, " "), got, code, words.String())
	}
	return out.String(), words.String()
}

// exportStore serves a data folder with an empty variant store named cohort.
func exportStore(t *testing.T) (s *server, c *client, dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("VARLAKE_DATA", filepath.Join(dir, "data"))
	s, c = startTestServer(t, filepath.Join(dir, "data"))
	write(t, filepath.Join(dir, "ref.fa"), ">1\n"+strings.Repeat("A", 60)+"\n")
	cli(t, exitOK, "reference", "import", filepath.Join(dir, "ref.fa"), "--name", "reference")
	cli(t, exitOK, "store", "create", "cohort", "--reference", "reference")
	return s, c, dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const exportHeader = `##fileformat=VCFv4.4
##FILTER=<ID=q10,Description="x">
##INFO=<ID=DP,Number=1,Type=Integer,Description="x">
##INFO=<ID=AF,Number=.,Type=Float,Description="x">
##INFO=<ID=DB,Number=0,Type=Flag,Description="x">
##INFO=<ID=TX,Number=.,Type=String,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="x">
##FORMAT=<ID=AD,Number=.,Type=Integer,Description="x">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="x">
##FORMAT=<ID=GL,Number=.,Type=Float,Description="x">
##FORMAT=<ID=FT,Number=1,Type=String,Description="x">
##FORMAT=<ID=Ab,Number=.,Type=Integer,Description="x">
##FORMAT=<ID=aB,Number=.,Type=String,Description="x">
##contig=<ID=2>
##contig=<ID=10>
##contig=<ID=1>
`

// randomVCF makes a sorted file whose every text is the one an export writes.
func randomVCF(r *rand.Rand, samples []string, records int) string {
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	keys := []string{"AD", "GQ", "GL", "FT", "Ab", "aB", "UNDECLARED", "DP"}
	values := map[string][]string{
		"GT": {"0/1", ".", "./.", "0|1", "1", "0/1/1", "|0/1", "0|1/0", "/1", "00/1"}, "AD": {".", "1", "1,.", "3,4", "."},
		"GQ": {".", "0", "99"},
		"GL": {".", "-0.5,-0", ".,-1.25", "1e-09", "0,-0.25"}, "FT": {".", "PASS", "", "[a, b]"}, "Ab": {".", "1,.,3", ".,.",
			"7"}, "aB": {".", "a", "a,b", "a,,b", "null,[x]"},
		"UNDECLARED": {".", "x,y", "", "a b"}, "DP": {".", "5", "05", "+5"}, // DP is not declared either
	}
	var out strings.Builder
	out.WriteString(exportHeader + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
	if len(samples) > 0 {
		out.WriteString("\tFORMAT\t" + strings.Join(samples, "\t"))
	}
	out.WriteString("\n")
	for _, contig := range []string{"2", "10", "1"} {
		at := 0
		for range records {
			at += r.IntN(3)
			fmt.Fprintf(&out, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s", contig, at+1, pick(".", "rs1", "a;b"), pick("A", "AC"),
				pick("C", "C,<DEL>", "*"), pick(".", "0", "0.1", "100", "3e-09", "inf"),
				pick(".", "PASS", "q10", "q10;other"), pick(".", "DP=5", "DB", "DP", "DP=", "AF=0.10,.;DB;TX=a,b", "TX=;AF",
					"TX=%3B=;DP=007"))
			if len(samples) == 0 {
				out.WriteString("\n")
				continue
			}
			format := append([]string{}, keys...)
			r.Shuffle(len(format), func(i, j int) { format[i], format[j] = format[j], format[i] })
			format = format[:1+r.IntN(len(format))]
			if r.IntN(5) > 0 {
				format = append([]string{"GT"}, format...)
			}
			out.WriteString("\t" + strings.Join(format, ":"))
			for range samples {
				var cells []string
				for _, key := range format {
					cells = append(cells, pick(values[key]...))
				}
				if text := strings.Join(cells, ":"); text == "" { // a column that is empty is missing
					out.WriteString("\t.")
				} else {
					out.WriteString("\t" + text)
				}
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

// TestExportIsTheSource imports random files and exports them, all at once and one by one.
func TestExportIsTheSource(t *testing.T) {
	_, _, dir := exportStore(t)
	texts := map[string]string{}
	for seed, samples := range [][]string{{"A"}, nil, {"B", "C", "D"}, {"C", "A"}} {
		text := randomVCF(rand.New(rand.NewPCG(uint64(seed), 3)), samples, 200)
		path := filepath.Join(dir, fmt.Sprintf("%d.vcf", seed))
		write(t, path, text)
		job, _ := cli(t, exitOK, "import", "cohort", path, "--print-id")
		job = strings.TrimSpace(job)
		texts[job] = text
		got, _ := cli(t, exitOK, "export", "cohort", "--import-job", job)
		if diff := cmp.Diff(strings.Split(text, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Fatalf("file %d\n%s", seed, diff)
		}
	}

	out := filepath.Join(dir, "all.vcf.gz")
	write(t, out+".csi", "of a file of before")
	_, words := cli(t, exitOK, "export", "cohort", "-o", out)
	if strings.Contains(words, "warning") || !strings.Contains(words, "2400 records in ") {
		t.Errorf("said %q", words)
	}
	got := inflated(t, out)
	head, body, _ := strings.Cut(got, "#CHROM")
	if head != exportHeader || !strings.HasPrefix(body, "\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\tC\tD\n") {
		t.Errorf("header\n%s#CHROM%s", head, body[:100])
	}
	records, total := strings.Split(strings.TrimSuffix(body, "\n"), "\n")[1:], 0
	var sites []string
	for _, record := range records {
		sites = append(sites, strings.Join(strings.SplitN(record, "\t", 9)[:8], "\t"))
	}
	for job, text := range texts { // every site of every file, in the order of each
		want := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		want = want[slices.IndexFunc(want, func(line string) bool { return line[:2] == "#C" })+1:]
		total += len(want)
		at := 0
		for _, record := range want {
			next := slices.Index(sites[at:], strings.Join(strings.SplitN(record, "\t", 9)[:8], "\t"))
			if next < 0 {
				t.Fatalf("job %s: the export has no %q in its place", job, record)
			}
			at += next + 1
		}
	}
	if total != len(records) {
		t.Errorf("%d records of %d", len(records), total)
	}
	if entries, err := filepath.Glob(filepath.Join(dir, "all.vcf.gz*")); err != nil ||
		!slices.Equal(entries, []string{out, out + ".tbi"}) {
		t.Errorf("files %q, %v", entries, err)
	}
	again := filepath.Join(dir, "again.vcf")
	write(t, again, got)
	cli(t, exitOK, "store", "create", "second", "--reference", "reference")
	cli(t, exitOK, "import", "second", again)
	repeated, _ := cli(t, exitOK, "export", "second")
	if diff := cmp.Diff(missingAsDots(got), missingAsDots(repeated)); diff != "" {
		t.Errorf("the export of the export differs\n%s", diff)
	}
	if repeated, _ := cli(t, exitOK, "export", "second", "--samples", "D,A", "--region",
		"10:3-4,2:1"); len(repeated) < len(exportHeader) ||
		!strings.Contains(repeated, "FORMAT\tD\tA\n2\t1\t") {
		t.Errorf("part\n%s", repeated)
	}
}

// missingAsDots writes columns of samples of which nothing is known in one way: VCF has several.
func missingAsDots(text string) []string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		columns := strings.Split(line, "\t")
		for n := 9; n < len(columns); n++ {
			if strings.Trim(columns[n], ".:") == "" {
				columns[n] = "."
			}
		}
		lines[i] = strings.Join(columns, "\t")
	}
	return lines
}

func inflated(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(bgzf.NewReader(file, 1))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExportRefuses(t *testing.T) {
	_, _, dir := exportStore(t)
	empty, _ := cli(t, exitOK, "export", "cohort")
	if !strings.HasPrefix(empty, "##fileformat=VCFv4.3\n") || !strings.HasSuffix(empty, "INFO\n") {
		t.Errorf("an empty store: %q", empty)
	}
	path := filepath.Join(dir, "x.vcf")
	write(t, path, randomVCF(rand.New(rand.NewPCG(1, 1)), []string{"A"}, 3))
	cli(t, exitOK, "import", "cohort", path)
	cli(t, exitOK, "annotation", "create", "genes", "--format", "GFF")
	names := filepath.Join(dir, "names")
	write(t, names, "A\r\n\n")
	if out, _ := cli(t, exitOK, "export", "cohort", "--samples", "@"+names); !strings.Contains(out, "FORMAT\tA\n") {
		t.Errorf("samples of a file: %q", out)
	}
	for _, c := range []struct {
		code  int
		words string
		flags []string
	}{
		{exitOK, `warning: region chr1:5-9: there is no contig "chr1"; did you mean "1"?`,
			[]string{"cohort", "--region", "chr1:5-9"}},
		{exitOK, `warning: region chrMT: there is no contig "chrMT"; names are as in the imported files`,
			[]string{"cohort", "--region", "chrMT,1"}},
		{exitNotFound, `no store "nothing"`, []string{"nothing"}},
		{exitError, "does not hold VCF", []string{"genes"}},
		{exitNotFound, `no sample "Z"`, []string{"cohort", "--samples", "A,Z"}},
		{exitUsage, "asked for twice", []string{"cohort", "--samples", "A,A"}},
		{exitNotFound, "no rows of import job x", []string{"cohort", "--import-job", "x"}},
		{exitOK, "", []string{"cohort", "--region", "1:1,000-2,000,1:1-5", "--region", "1"}},
		{exitUsage, "--region names none", []string{"cohort", "--region", "1,"}},
		{exitUsage, "not a region", []string{"cohort", "--region", "1:5-x"}},
		{exitUsage, "not a region", []string{"cohort", "--region", "chr20:5-2"}},
		{exitUsage, "--output is", []string{"cohort", "-o", "x.bcf"}},
		{exitUsage, "--json needs", []string{"cohort", "--json"}},
		{exitError, "read samples", []string{"cohort", "--samples", "@" + filepath.Join(dir, "none")}},
		{exitError, "no such file", []string{"cohort", "-o", filepath.Join(dir, "none", "x.vcf.gz")}},
	} {
		if _, words := cli(t, c.code, append([]string{"export"}, c.flags...)...); !strings.Contains(words, c.words) {
			t.Errorf("%q: %q", c.flags, words)
		}
	}
}

// TestExportWithoutHeader is of an import made before headers were kept.
func TestExportWithoutHeader(t *testing.T) {
	s, _, dir := exportStore(t)
	path := filepath.Join(dir, "x.vcf")
	record := "1\t5\trs1\tA\tC\t10\tPASS\tAC=1;DB;OWN=x\tGT:GQ:AB:FT\t0/1:5:1,2:PASS\t.|.:.:.:.\n"
	write(t, path, "##fileformat=VCFv4.2\n##INFO=<ID=OWN,Number=1,Type=String,Description=\"x\">\n##FORMAT=<ID=AB,Number=2,Type=Integer,Description=\"x\">\n"+
		"##FORMAT=<ID=FT,Number=1,Type=String,Description=\"x\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tB\tA\n"+record)
	cli(t, exitOK, "import", "cohort", path)
	if _, err := s.db.Writer().Exec("DELETE FROM item_headers"); err != nil {
		t.Fatal(err)
	}
	got, words := cli(t, exitOK, "export", "cohort")
	if !strings.Contains(words, "warning: no header was kept of import jobs ") {
		t.Errorf("said %q", words)
	}
	// Samples are in the order of their names: that of the file is not known.
	for _, line := range []string{
		"##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Not kept\">\n", "##INFO=<ID=DB,Number=0,Type=Flag,",
		"##INFO=<ID=OWN,Number=.,Type=String,", "##FORMAT=<ID=AB,Number=.,Type=String,",
		"##FORMAT=<ID=FT,", "##contig=<ID=1>\n", "FORMAT\tA\tB\n", "AC=1;DB;OWN=x\tGT:GQ:AB:FT\t.|.:.:.:.\t0/1:5:1,2:PASS\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
}

// TestExportNeedsTheRightsOfAQuery tries keys with some of them.
func TestExportNeedsTheRightsOfAQuery(t *testing.T) {
	s, owner, _ := exportStore(t)
	for actions, code := range map[string]int{
		`"athena:StartQueryExecution"`: exitDenied, `"glue:GetTable"`: exitDenied,
		`"athena:StartQueryExecution", "glue:GetTable"`: exitOK,
	} {
		policy := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [` + actions +
			`], "Resource": "*"}]}`
		key, err := s.db.CreateAccessKey(t.Context(),
			meta.NewAccessKey(owner.account, fmt.Sprintf("key%d", len(actions)), policy))
		if err != nil {
			t.Fatal(err)
		}
		c := &client{endpoint: owner.endpoint, region: owner.region, account: owner.account, keyID: key.ID,
			secret: key.Secret}
		err = c.export(t.Context(), own.ExportIn{Store: "cohort"}, io.Discard, func(text io.Reader) (int64, error) {
			_, err := io.Copy(io.Discard, text)
			return 0, err
		})
		if exitCode(err) != code {
			t.Errorf("%s: %v", actions, err)
		}
	}
}

// TestExportThatBreaksOff leaves no file behind: neither when the server says so, nor when the answer just ends.
func TestExportThatBreaksOff(t *testing.T) {
	s, owner, dir := exportStore(t)
	path := filepath.Join(dir, "x.vcf")
	var text strings.Builder // few records, more bytes than the connection holds unread
	text.WriteString(exportHeader + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
	for at := range 10000 {
		fmt.Fprintf(&text, "1\t%d\t.\tA\tC\t.\t.\tTX=%d%s\n", at+1, at, strings.Repeat("x", 4000))
	}
	write(t, path, text.String())
	cli(t, exitOK, "import", "cohort", path)
	subscriber := otherClient(t, s, owner, "210987654321")
	share, _, err := call[omics.CreateShareOut](t.Context(), owner, "CreateShare",
		&omics.CreateShareIn{ResourceArn: omics.VariantStoreARN(owner.region, owner.account, "cohort"),
			PrincipalSubscriber: subscriber.account})
	if err != nil {
		t.Fatal(err)
	}
	if err := runShareAccept(t.Context(), subscriber, share.ShareID, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	request := own.ExportIn{Store: "cohort"}
	read := func(text io.Reader, until int64) (lines int64, err error) {
		buf := make([]byte, 1<<16)
		for n := 0; err == nil && lines < until; {
			n, err = text.Read(buf)
			lines += int64(bytes.Count(buf[:n], []byte("\n")))
		}
		if err == io.EOF {
			err = nil
		}
		return lines, err
	}
	err = subscriber.export(t.Context(), request, io.Discard, func(text io.Reader) (int64, error) {
		if _, err := read(text, 10); err != nil {
			return 0, err
		}
		if _, _, err := call[omics.DeleteShareOut](t.Context(), owner, "DeleteShare",
			&omics.DeleteShareIn{ShareID: share.ShareID}); err != nil {
			return 0, err
		}
		return read(text, 1<<40)
	})
	if err == nil || !strings.Contains(err.Error(), "broke off: Access to the store was revoked") {
		t.Errorf("the share ended: %v", err)
	}
	if err := subscriber.export(t.Context(), request, io.Discard, nil); exitCode(err) != exitNotFound {
		t.Errorf("after the share: %v", err)
	}
	err = owner.export(t.Context(), request, io.Discard, func(text io.Reader) (int64, error) { // as if the rest were lost
		lines, err := read(text, 1<<40)
		return lines - 1, err
	})
	if err == nil || !strings.Contains(err.Error(), "broke off after") {
		t.Errorf("a lost end: %v", err)
	}
}
