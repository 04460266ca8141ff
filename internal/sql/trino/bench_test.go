package trino

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// contractStatements are those of the contract that are compiled, over cohort; they must be there in CI.
func contractStatements(b *testing.B) (all []string) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "spec", "trino", "statements.sql"))
	if err != nil {
		b.Skip("the contract's statements ../shared/spec/trino/statements.sql are not here")
	}
	for _, part := range strings.Split(string(text), ";\n") {
		sql := ""
		for line := range strings.Lines(part) {
			if !strings.HasPrefix(line, "--") {
				sql += line
			}
		}
		if sql = strings.TrimSpace(sql); sql != "" {
			all = append(all, sql)
		}
	}
	return all
}

// contractTable is a variant store's table under every name.
type contractTable struct{ oneTable }

var contractColumns = func() *Table {
	t := &Table{Schema: "db", Name: "v"}
	for _, c := range [][2]string{{"contigname", "varchar"}, {"start", "bigint"}, {"end", "bigint"},
		{"qual", "double"}, {"sampleid", "varchar"}, {"alternatealleles", "array(varchar)"}, {"calls", "array(integer)"},
		{"filters", "array(varchar)"}, {"information", "map(varchar, varchar)"},
		{"attributes", "map(varchar, varchar)"}, {"ann", "varchar"}} {
		of, err := ParseType(c[1])
		if err != nil {
			panic(err)
		}
		t.Columns = append(t.Columns, Column{Name: c[0], Type: of})
	}
	return t
}()

func (contractTable) Table(string, string, Version) (*Table, error) { return contractColumns, nil }

func (contractTable) Schemas() ([]string, error) { return []string{"db"}, nil }

func (contractTable) Tables(string) ([]string, error) { return []string{"v"}, nil }

// BenchmarkCompile compiles the contract's statements, those that are refused as far as that, one after the other:
// ns/op is of one statement. It tells of the one that takes longest, too.
func BenchmarkCompile(b *testing.B) {
	all := contractStatements(b)
	session := Session{Catalog: "awsdatacatalog", Schema: "db", Now: time.Unix(0, 0)}
	compile := func(sql string) {
		if _, err := Compile(sql, session, contractTable{}); err != nil && strings.HasPrefix(err.Error(), "COLUMN") {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	compile(all[0]) // the table of functions is made with the first
	cpu := cpuTime(b)
	b.ResetTimer()
	for i := range b.N {
		compile(all[i%len(all)])
	}
	b.StopTimer()
	b.ReportMetric(float64(cpuTime(b)-cpu)/float64(b.N), "cpu-ns/op")
	longest, worst := time.Duration(0), ""
	for _, sql := range all {
		const times = 50
		began := time.Now()
		for range times {
			compile(sql)
		}
		if took := time.Since(began) / times; took > longest {
			longest, worst = took, sql
		}
	}
	b.ReportMetric(float64(longest.Nanoseconds()), "worst-ns")
	b.Logf("longest: %s", worst)
}

// cpuTime is what this process has used, collecting garbage included: on a machine with other work it tells more.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
