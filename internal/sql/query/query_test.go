package query

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// variantColumns are the columns of a variant store (healthomics.md 1.1).
var variantColumns = []Column{
	{"importjobid", "VARCHAR"}, {"contigname", "VARCHAR"}, {"start", "BIGINT"}, {"end", "BIGINT"}, {"names", "VARCHAR[]"},
	{"referenceallele", "VARCHAR"}, {"alternatealleles", "VARCHAR[]"}, {"qual", "DOUBLE"}, {"filters", "VARCHAR[]"},
	{"splitfrommultiallelic", "BOOLEAN"}, {"attributes", "MAP(VARCHAR, VARCHAR)"}, {"phased", "BOOLEAN"},
	{"calls", "INTEGER[]"},
	{"genotypelikelihoods", "DOUBLE[]"}, {"phredlikelihoods", "INTEGER[]"}, {"alleledepths", "INTEGER[]"},
	{"conditionalquality", "INTEGER"}, {"spl", "INTEGER[]"}, {"depth", "INTEGER"}, {"ps", "INTEGER"},
	{"sampleid", "VARCHAR"},
	{"information", "MAP(VARCHAR, VARCHAR)"},
	{"annotations", `STRUCT(vep STRUCT("allele" VARCHAR, consequence VARCHAR[], impact VARCHAR, symbol VARCHAR, gene VARCHAR,
		feature_type VARCHAR, feature VARCHAR, biotype VARCHAR, exon STRUCT("rank" VARCHAR, total VARCHAR),
		intron STRUCT("rank" VARCHAR, total VARCHAR), hgvsc VARCHAR, hgvsp VARCHAR, cdna_position VARCHAR, cds_position VARCHAR,
		protein_position VARCHAR, amino_acids STRUCT(reference VARCHAR, variant VARCHAR),
		codons STRUCT(reference VARCHAR, variant VARCHAR), existing_variation VARCHAR[], distance VARCHAR, strand VARCHAR,
		flags VARCHAR[], symbol_source VARCHAR, hgnc_id VARCHAR, extras MAP(VARCHAR, VARCHAR))[])`},
}

// variantRows give start, alternatives, qual, filters, attributes, calls, sample, information, vep symbol.
var variantRows = []string{
	`('chr1', 100, 'A', ['G'], 50.5, ['PASS'], MAP{'DP':'30','AC':'1'}, [0,1], 'S1', MAP{'af':'0.5','dp':'30'}, 'BRCA1')`,
	`('chr1', 100, 'A', ['G'], 50.5, ['PASS'], MAP{'DP':'30','AC':'1'}, [1,1], 'S2', MAP{'af':'x'}, 'BRCA1')`,
	`('chr1', 200, 'C', ['A','T'], NULL, NULL, MAP{'DP':'7'}, [1,2], 'S1', NULL, NULL)`,
	`('chr2', 300, 'G', ['A'], 10.0, ['q10','s50'], MAP{}, [-1,-1], 'S2', NULL, NULL)`,
	`('chr2', 400, 'T', ['G'], 99.0, ['PASS'], MAP{'DP':'12'}, [0,0], 'S3', MAP{'af':'0.25','dp':'12'}, 'TP53')`,
	`('chrM', 9007199254740993, 'CA', ['C'], 1e-9, ['PASS'], MAP{'CLNSIG':'Likely_pathogenic'}, NULL, NULL, NULL, NULL)`,
}

// writeStore writes a variant table and a ClinVar-like one of the same schema as Parquet, with DuckDB through its
// driver.
func writeStore(t testing.TB, dir string) []Table {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(stmt string) {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatalf("%v\n%s", err, stmt)
		}
	}
	cols := make([]string, len(variantColumns))
	for i, c := range variantColumns {
		cols[i] = quoteIdent(c.Name) + " " + c.Type
	}
	exec("CREATE TABLE v (" + strings.Join(cols, ", ") + ")")
	exec("CREATE TABLE c AS FROM v")
	exec(`INSERT INTO v BY NAME SELECT 'job' importjobid, c contigname, s "start", s + len(r) "end", NULL::VARCHAR[] "names", r referenceallele,
		a alternatealleles, q qual, f filters, false splitfrommultiallelic, m attributes, true phased, g calls, sa sampleid, i information,
		CASE WHEN sy IS NULL THEN NULL ELSE {'vep': [{'symbol': sy, 'impact': 'HIGH', 'consequence': ['stop_gained','x']}]} END annotations
		FROM (VALUES ` + strings.Join(variantRows, ", ") + `) t(c, s, r, a, q, f, m, g, sa, i, sy)`)
	exec(`INSERT INTO c BY NAME SELECT 'job' importjobid, c contigname, s "start", s + 1 "end", r referenceallele, a alternatealleles, m attributes
		FROM (VALUES ('1', 100, 'A', ['G'], MAP{'CLNSIG':'Likely_pathogenic','GENEINFO':'BRCA1:672|X:1','CLNDN':'Breast|Ovarian',
			'CLNDISDB':'MedGen:C1,SNOMED_CT:254637007|SNOMED_CT:12'}),
			('2', 300, 'G', ['A'], MAP{'CLNSIG':'Benign','GENEINFO':'TP53:7157'})) t(c, s, r, a, m)`)
	v1, v2, c := filepath.Join(dir, "v1.parquet"), filepath.Join(dir, "v2.parquet"), filepath.Join(dir, "c.parquet")
	exec("COPY (FROM v WHERE contigname = 'chr1') TO " + quoteLiteral(v1))
	exec("COPY (FROM v WHERE contigname <> 'chr1') TO " + quoteLiteral(v2))
	exec("COPY c TO " + quoteLiteral(c))
	return []Table{
		{Name: "variants", Columns: variantColumns, Files: []string{v1, v2}},
		{Name: "clinvar", Columns: variantColumns, Files: []string{c}},
		{Name: "empty", Columns: variantColumns},
	}
}

func newEngine(t testing.TB, opt Options) *Engine {
	t.Helper()
	e, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// run gives a query's rows as JSON without the line breaks between them.
func run(t testing.TB, e *Engine, tables []Table, sql string) (string, error) {
	t.Helper()
	rows, err := e.Query(t.Context(), tables, sql)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := WriteJSON(&b, rows); err != nil {
		return "", err
	}
	return strings.ReplaceAll(b.String(), "\n", ""), nil
}

func kindOf(t testing.TB, err error) Kind {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is %T, not *Error", err, err)
	}
	return e.Kind
}

// BenchmarkQuery measures what a query costs beyond its own work: "rested" has
// the spare worker ready, "back to back" waits for it to start.
func BenchmarkQuery(b *testing.B) {
	tables := writeStore(b, b.TempDir())
	const stmt = "SELECT sampleid, start FROM variants WHERE contigname = 'chr2'"
	for name, rest := range map[string]time.Duration{"rested": 100 * time.Millisecond, "back to back": 0} {
		b.Run(name, func(b *testing.B) {
			e := newEngine(b, Options{})
			for b.Loop() {
				b.StopTimer()
				time.Sleep(rest)
				b.StartTimer()
				if _, err := run(b, e, tables, stmt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRows measures how fast a large result comes through.
func BenchmarkRows(b *testing.B) {
	e := newEngine(b, Options{})
	var out int64
	for b.Loop() {
		rows, err := e.Query(b.Context(), nil,
			`SELECT x, 'chr' || (x % 22) AS c, [x, x + 1] AS l, MAP {'DP': x::VARCHAR} AS m FROM range(500000) t(x)`)
		if err != nil {
			b.Fatal(err)
		}
		count := &counter{}
		if err := WriteJSON(count, rows); err != nil {
			b.Fatal(err)
		}
		out = count.n
	}
	b.SetBytes(out)
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }
