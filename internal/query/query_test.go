package query

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
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
	{"splitfrommultiallelic", "BOOLEAN"}, {"attributes", "MAP(VARCHAR, VARCHAR)"}, {"phased", "BOOLEAN"}, {"calls", "INTEGER[]"},
	{"genotypelikelihoods", "DOUBLE[]"}, {"phredlikelihoods", "INTEGER[]"}, {"alleledepths", "INTEGER[]"},
	{"conditionalquality", "INTEGER"}, {"spl", "INTEGER[]"}, {"depth", "INTEGER"}, {"ps", "INTEGER"}, {"sampleid", "VARCHAR"},
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

// writeStore writes a variant table and a ClinVar-like one of the same schema as Parquet, with DuckDB through its driver.
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

func TestScratch(t *testing.T) {
	e := newEngine(t, Options{MemoryLimit: 256 << 20, Timeout: 10 * time.Second})
	tables := writeStore(t, t.TempDir())
	f, _ := os.ReadFile(os.Getenv("SQLS"))
	for _, s := range strings.Split(string(f), "\n--\n") {
		start := time.Now()
		out, err := run(t, e, tables, s)
		if len(out) > 3000 {
			out = out[:3000]
		}
		fmt.Println(s, "\n   =>", time.Since(start).Round(time.Millisecond), out)
		if err != nil {
			fmt.Println("   ERR", kindOf(t, err), err, "|", errors.Unwrap(err))
		}
	}
}
