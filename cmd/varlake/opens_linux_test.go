package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// opens tells which files are opened in some folders, whichever process opens them.
type opens struct {
	fd   int
	dirs map[int32]string
}

// watchOpens watches the folders at and below dir.
func watchOpens(t *testing.T, dir string) *opens {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	o := &opens{fd: fd, dirs: map[int32]string{}}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		wd, err := unix.InotifyAddWatch(fd, path, unix.IN_OPEN)
		o.dirs[int32(wd)] = path
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// since lists the data files that were opened since it was asked last, sorted and each once.
func (o *opens) since(t *testing.T) (files []string) {
	t.Helper()
	buf := make([]byte, 1<<16)
	for {
		n, err := unix.Read(o.fd, buf)
		if err == unix.EAGAIN {
			slices.Sort(files)
			return slices.Compact(files)
		}
		if err != nil {
			t.Fatal(err)
		}
		for rest := buf[:n]; len(rest) >= unix.SizeofInotifyEvent; {
			event := (*unix.InotifyEvent)(unsafe.Pointer(&rest[0]))
			if event.Mask&unix.IN_Q_OVERFLOW != 0 {
				t.Fatal("more files were opened than can be told")
			}
			end := unix.SizeofInotifyEvent + int(event.Len)
			name := string(bytes.TrimRight(rest[unix.SizeofInotifyEvent:end], "\x00"))
			if rest = rest[end:]; event.Mask&unix.IN_ISDIR == 0 && strings.HasSuffix(name, ".parquet") {
				files = append(files, filepath.Join(o.dirs[event.Wd], name))
			}
		}
	}
}

// compactedStore is a store of several files: what was compacted has contig 1 and thousands of positions; one file has
// positions of it far away, and another contig 2.
func compactedStore(t *testing.T) (dir string) {
	t.Helper()
	_, _, dir = exportStore(t)
	add := func(name, contig string, at int) {
		path := filepath.Join(dir, name)
		write(t, path, fmt.Sprintf("##fileformat=VCFv4.2\n##contig=<ID=1>\n##contig=<ID=2>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\t"+
			"FILTER\tINFO\n%[1]s\t%[2]d\t.\tA\tC\t.\tPASS\t.\n%[1]s\t%[3]d\t.\tA\tC\t.\tPASS\t.\n", contig, at, at+1000))
		cli(t, exitOK, "import", "cohort", path)
	}
	add("a.vcf", "1", 1001)
	add("b.vcf", "1", 1501)
	cli(t, exitOK, "compact", "cohort", "--all")
	add("far.vcf", "1", 900_001)
	add("two.vcf", "2", 1001)
	return dir
}

// TestQueryOpensWhatMayMatch: a statement opens the data files that may have rows for it, and no others; EXPLAIN
// ANALYZE says how many these are.
func TestQueryOpensWhatMayMatch(t *testing.T) {
	watched := watchOpens(t, filepath.Join(compactedStore(t), "data", "tables"))
	watched.since(t)
	ask := func(sql string) (out string, opened []string) {
		t.Helper()
		out, _ = cli(t, exitOK, "query", "--dialect", "trino", "--format", "tsv", sql)
		return out, watched.since(t)
	}
	out, all := ask("SELECT count(start) AS n FROM cohort")
	if out != "n\n8\n" || len(all) != 3 {
		t.Fatalf("%q of %v", out, all)
	}
	var one []string // the files that genes are in
	for _, gene := range []struct{ where, rows string }{
		{"contigname = '1' AND start BETWEEN 1400 AND 1600", "1"},
		{"contigname = '1' AND start BETWEEN 900000 AND 901000", "2"},
		{"contigname = '2' AND start >= 2000", "1"},
		{"contigname = '3'", "0"},
	} {
		sql := "SELECT count(start) AS n FROM cohort WHERE " + gene.where
		out, opened := ask(sql)
		want := min(1, len(strings.Trim(gene.rows, "0")))
		if out != "n\n"+gene.rows+"\n" || len(opened) != want {
			t.Errorf("%s: %q of %v, want %d files", sql, out, opened, want)
		}
		one = append(one, opened...)
		out, opened = ask("EXPLAIN ANALYZE " + sql)
		told := fmt.Sprintf(".cohort: 3 files, of which %d are pruned and %d read, ", 3-want, want)
		if !strings.Contains(out, told) || !strings.Contains(out, "\nanswered 1 rows in ") || len(opened) != want {
			t.Errorf("%s: %q, want %q; opened %v", sql, out, told, opened)
		}
	}
	slices.Sort(one)
	if diff := cmp.Diff(all, one); diff != "" {
		t.Errorf("the files of the genes (-all +opened):\n%s", diff)
	}
}

// TestCountOpensNothing: count(*) of a table is as many as it has, and opens no data file.
func TestCountOpensNothing(t *testing.T) {
	watched := watchOpens(t, filepath.Join(compactedStore(t), "data", "tables"))
	watched.since(t)
	for _, c := range []struct {
		sql, want string
		files     int
	}{
		{"SELECT count(*) FROM cohort", "_col0\n8\n", 0},
		{"SELECT count(*) AS n, (SELECT count(*) FROM cohort) AS m FROM cohort WHERE start > 0", "n\tm\n8\t8\n", 3},
		{"SELECT count(*) AS n, count(*) FROM cohort AS c", "n\t_col1\n8\t8\n", 0},
		{"SELECT typeof((SELECT count(*) FROM cohort))", "_col0\nbigint\n", 0},
	} {
		out, _ := cli(t, exitOK, "query", "--dialect", "trino", "--format", "tsv", c.sql)
		if opened := watched.since(t); out != c.want || len(opened) != c.files {
			t.Errorf("%s: %q of %v, want %q of %d files", c.sql, out, opened, c.want, c.files)
		}
	}
	out, _ := cli(t, exitOK, "query", "--dialect", "trino", "--format", "tsv",
		"EXPLAIN ANALYZE SELECT count(*) FROM cohort")
	if opened := watched.since(t); len(opened) > 0 || !strings.Contains(out, "3 files, of which none is read, 0 of ") ||
		!strings.Contains(out, " bytes: 8 rows as the manifests say\nanswered 1 rows in ") {
		t.Errorf("%q; opened %v", out, opened)
	}
}
