package query

import "testing"

// TestAcceptance runs what people run over variant stores (healthomics.md, section 6).
func TestAcceptance(t *testing.T) {
	tables := writeStore(t, t.TempDir())
	e := newEngine(t, Options{})
	for _, c := range []struct{ name, sql, want string }{
		{"select all", `SELECT * FROM (SELECT * EXCLUDE (annotations, information) FROM variants) WHERE "start" = 200 LIMIT 10`,
			`[{"importjobid":"job","contigname":"chr1","start":200,"end":201,"names":null,"referenceallele":"C","alternatealleles":["A","T"],` +
				`"qual":null,"filters":null,"splitfrommultiallelic":false,"attributes":{"DP":"7"},"phased":true,"calls":[1,2],` +
				`"genotypelikelihoods":null,"phredlikelihoods":null,"alleledepths":null,"conditionalquality":null,"spl":null,"depth":null,` +
				`"ps":null,"sampleid":"S1"}]`},
		{"clinvar join", `SELECT v.sampleid, v.contigname, v.start, v."end", v.referenceallele, v.alternatealleles,
				v.attributes['DP'] AS dp, c.attributes['CLNSIG'] AS sig
			FROM variants v INNER JOIN clinvar c ON v.contigname=CONCAT('chr',c.contigname) AND v.start=c.start AND v."end"=c."end"
				AND v.referenceallele=c.referenceallele AND v.alternatealleles=c.alternatealleles
			WHERE c.attributes['CLNSIG']='Likely_pathogenic' ORDER BY 1`,
			`[{"sampleid":"S1","contigname":"chr1","start":100,"end":101,"referenceallele":"A","alternatealleles":["G"],"dp":"30","sig":"Likely_pathogenic"},` +
				`{"sampleid":"S2","contigname":"chr1","start":100,"end":101,"referenceallele":"A","alternatealleles":["G"],"dp":"30","sig":"Likely_pathogenic"}]`},
		{"clinvar split", `SELECT SPLIT(c.attributes['GENEINFO'],':')[1] gene, SPLIT(c.attributes['CLNDN'],'|')[1] disease FROM clinvar c
			WHERE c.attributes['CLNSIG']='Likely_pathogenic' OR c.attributes['CLNSIG']='Benign' ORDER BY gene`,
			`[{"gene":"BRCA1","disease":"Breast"},{"gene":"TP53","disease":null}]`},
		{"ti/tv", `WITH variants_cte AS (
				SELECT sampleid, referenceallele, alternateallele,
					if(cardinality(calls)=2 and element_at(calls,1)=element_at(calls,2),2,1) AS n
				FROM "variants" CROSS JOIN UNNEST(alternatealleles) AS t(alternateallele)
				WHERE filters[1]='PASS' AND length(referenceallele)=1 AND length(alternateallele)=1 AND element_at(calls,1) <> -1)
			SELECT sampleid, SUM(CASE WHEN referenceallele || alternateallele IN ('AG','GA','CT','TC') THEN n ELSE 0 END) AS ti,
				SUM(CASE WHEN referenceallele || alternateallele NOT IN ('AG','GA','CT','TC') THEN n ELSE 0 END) AS tv,
				CAST(SUM(n) AS double) / 2 AS half
			FROM variants_cte GROUP BY sampleid ORDER BY sampleid`,
			`[{"sampleid":"S1","ti":1,"tv":0,"half":0.5},{"sampleid":"S2","ti":2,"tv":0,"half":1.0},{"sampleid":"S3","ti":0,"tv":2,"half":1.0}]`},
		{"clinvar by disease", `SELECT concat('chr',contigname) chr, regexp_extract_all(attributes['CLNDISDB'],'SNOMED_CT:\d+') ids FROM clinvar
			WHERE attributes['CLNDISDB'] LIKE '%SNOMED_CT:254637007%' AND cardinality(alternatealleles)=1 AND length(alternatealleles[1])=1`,
			`[{"chr":"chr1","ids":["SNOMED_CT:254637007","SNOMED_CT:12"]}]`},
		{"limit and order", `SELECT sampleid, contigname, start, referenceallele, alternatealleles, calls FROM variants ORDER BY contigname, start, sampleid LIMIT 1`,
			`[{"sampleid":"S1","contigname":"chr1","start":100,"referenceallele":"A","alternatealleles":["G"],"calls":[0,1]}]`},
		{"two CTEs", `WITH var AS (SELECT * FROM variants), ann AS (SELECT * FROM clinvar)
			SELECT var.phased, var.calls FROM var INNER JOIN ann ON var.contigname='chr'||ann.contigname AND var.start=ann.start
			AND var.referenceallele=ann.referenceallele AND var.alternatealleles=ann.alternatealleles ORDER BY var.contigname, var.sampleid`,
			`[{"phased":true,"calls":[0,1]},{"phased":true,"calls":[1,1]},{"phased":true,"calls":[-1,-1]}]`},
		{"samples", `SELECT DISTINCT sampleid, COUNT(*) AS n FROM variants GROUP BY sampleid ORDER BY sampleid`,
			`[{"sampleid":"S1","n":2},{"sampleid":"S2","n":2},{"sampleid":"S3","n":1},{"sampleid":null,"n":1}]`},
		{"vep gene", `SELECT v.sampleid,
				CASE WHEN cardinality(v.annotations.vep)>0 THEN v.annotations.vep[1].symbol END AS gene,
				CASE WHEN cardinality(v.annotations.vep)>0 THEN v.annotations.vep[1].impact END AS impact,
				CASE WHEN cardinality(v.annotations.vep)>0 THEN v.annotations.vep[1].consequence[1] END AS consequence,
				CASE WHEN a.attributes['CLNSIG'] = 'Likely_pathogenic' THEN 1 ELSE 2 END AS priority
			FROM variants v LEFT JOIN clinvar a ON REPLACE(v.contigname,'chr','')=a.contigname AND v.start=a.start
				AND v.referenceallele=a.referenceallele AND v.alternatealleles=a.alternatealleles
			WHERE v.qual>30 AND contains(v.filters,'PASS') AND UPPER(split_part(a.attributes['GENEINFO'],':',1)) IN ('BRCA1','BRCA2')
			ORDER BY priority, v.sampleid`,
			`[{"sampleid":"S1","gene":"BRCA1","impact":"HIGH","consequence":"stop_gained","priority":1},` +
				`{"sampleid":"S2","gene":"BRCA1","impact":"HIGH","consequence":"stop_gained","priority":1}]`},
		{"region", `SELECT start FROM variants WHERE contigname = 'chr2' AND start >= 300 AND start < 400`,
			`[{"start":300}]`},
		{"frequency", `SELECT sampleid, TRY_CAST(v.information['af'] AS DOUBLE) af, TRY_CAST(v.information['dp'] AS INTEGER) dp FROM variants v
			WHERE v.information IS NOT NULL ORDER BY sampleid`,
			`[{"sampleid":"S1","af":0.5,"dp":30},{"sampleid":"S2","af":null,"dp":null},{"sampleid":"S3","af":0.25,"dp":12}]`},
		{"quality tiers", `SELECT CASE WHEN qual >= 50 THEN 'high' WHEN qual >= 20 THEN 'medium' ELSE 'low' END tier, count(*) n FROM variants GROUP BY 1 ORDER BY 1`,
			`[{"tier":"high","n":3},{"tier":"low","n":3}]`},
		{"aggregates", `SELECT sampleid, ROUND(AVG(CAST(qual AS DOUBLE)),2) mean, MIN(qual) low, MAX(qual) high FROM variants WHERE sampleid = 'S2' GROUP BY sampleid`,
			`[{"sampleid":"S2","mean":30.25,"low":10.0,"high":50.5}]`},
		{"qualified names", `SELECT "default"."variants"."sampleid", variants.start FROM "default"."variants" WHERE "default".variants."start" = 400`,
			`[{"sampleid":"S3","start":400}]`},
		{"catalog", `SELECT awsdatacatalog.db.variants.sampleid s, v2.start FROM awsdatacatalog.db.variants, AwsDataCatalog."db".VARIANTS v2 WHERE variants.start = 400 AND v2.start = 300`,
			`[{"s":"S3","start":300}]`},
		{"a name of the table and of WITH",
			`WITH variants AS (SELECT * FROM variants WHERE start = 400) SELECT count(*) n, (SELECT count(*) FROM "db"."variants") AS all FROM variants`,
			`[{"n":1,"all":6}]`},
		{"empty table", `SELECT count(*) n, max("end") m FROM empty`, `[{"n":0,"m":null}]`},
		{"no rows", `SELECT calls, attributes FROM empty`, `[]`},
		{"big integers", `SELECT max(start) m, sum(start) s, -170141183460469231731687303715884105728 h, 18446744073709551615::UBIGINT u FROM variants`,
			`[{"m":9007199254740993,"s":9007199254742093,"h":-170141183460469231731687303715884105728,"u":18446744073709551615}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := run(t, e, tables, c.sql)
			if err != nil {
				t.Fatalf("%s: %v", kindOf(t, err), err)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestDialect checks expressions that DuckDB would answer otherwise than Trino, or not at all.
func TestDialect(t *testing.T) {
	tables := writeStore(t, t.TempDir())
	e := newEngine(t, Options{})
	for expr, want := range map[string]string{
		`element_at(MAP{'a': 1}, 'a')`:             `1`,
		`element_at(MAP{'a': 1}, 'b')`:             `null`,
		`element_at(MAP{'a': [1]}, 'a')`:           `[1]`,
		`element_at([1,2], 2)`:                     `2`,
		`element_at([1,2], -1)`:                    `2`,
		`element_at([1,2], 3)`:                     `null`,
		`element_at(NULL, 1)`:                      `null`,
		`MAP{'a': 1}['b']`:                         `null`,
		`MAP(ARRAY['a','b'], ARRAY[1,2])['b']`:     `2`,
		`[10,20][1]`:                               `10`,
		`[10,20][3]`:                               `null`,
		`cardinality([1,2,NULL])`:                  `3`,
		`cardinality([])`:                          `0`,
		`cardinality(MAP{'a': 1, 'b': 2})`:         `2`,
		`cardinality(MAP{1: [2]})`:                 `1`,
		`cardinality([{'a': 1}])`:                  `1`,
		`cardinality(NULL)`:                        `null`,
		`cardinality(NULL::INTEGER[])`:             `null`,
		`cardinality(NULL::MAP(VARCHAR, VARCHAR))`: `null`,
		`5/2`:                                             `2`,
		`-5/2`:                                            `-2`,
		`5 % 2`:                                           `1`,
		`5.0/2`:                                           `2.5`,
		`5/2.0`:                                           `2.5`,
		`CAST(5 AS double)/2`:                             `2.5`,
		`CAST(5 AS bigint)/CAST(2 AS smallint)`:           `2`,
		`contains(['PASS'], 'PASS')`:                      `true`,
		`contains(['q10'], 'PASS')`:                       `false`,
		`contains(NULL::VARCHAR[], 'PASS')`:               `null`,
		`split('a|b', '|')`:                               `["a","b"]`,
		`split('a|b', '|')[3]`:                            `null`,
		`split_part('a|b', '|', 2)`:                       `"b"`,
		`split_part('a|b', '|', 3)`:                       `null`,
		`regexp_like('chr12', '^chr[0-9]+$')`:             `true`,
		`regexp_like('xchr12y', 'chr')`:                   `true`,
		`regexp_extract('chr12', '[0-9]+')`:               `"12"`,
		`regexp_extract('chrX', '[0-9]+')`:                `null`,
		`regexp_extract('chr12', 'chr(.*)', 1)`:           `"12"`,
		`if(1 = 1, 'a', 'b')`:                             `"a"`,
		`if(NULL, 'a', 'b')`:                              `"b"`,
		`try_cast('x' AS integer)`:                        `null`,
		`try_cast('7' AS integer)`:                        `7`,
		`TRY(CAST('a' AS integer))`:                       `null`,
		`coalesce(NULL, 1)`:                               `1`,
		`nullif(1, 1)`:                                    `null`,
		`array_join(['a','b'], ',')`:                      `"a,b"`,
		`array_max([1,3,2])`:                              `3`,
		`arrays_overlap([1,2],[2])`:                       `true`,
		`sequence(1, 3)`:                                  `[1,2,3]`,
		`list_transform([1,2], x -> x + 1)`:               `[2,3]`,
		`list_transform([1,2], lambda x: x + 1)`:          `[2,3]`,
		`filter([1,0], x -> x > 0)`:                       `[1]`,
		`[x * 2 FOR x IN [1,2] IF x > 1]`:                 `[4]`,
		`json_extract_scalar('{"a":{"b":"c"}}', '$.a.b')`: `"c"`,
		`json_parse('{"a":[1,9007199254740993]}')`:        `{"a":[1,9007199254740993]}`,
		`from_unixtime(0)`:                                `"1970-01-01 00:00:00+00"`,
		`DATE '2020-02-29'`:                               `"2020-02-29"`,
		`TIMESTAMP '2020-01-01 10:00:00'`:                 `"2020-01-01 10:00:00"`,
		`INTERVAL '90' MINUTE`:                            `"01:30:00"`,
		`CAST(1.50 AS DECIMAL(10,3))`:                     `1.500`,
		`-0.05`:                                           `-0.05`,
		`'NaN'::DOUBLE`:                                   `"NaN"`,
		`'-inf'::FLOAT`:                                   `"-Infinity"`,
		`0.1::FLOAT`:                                      `0.1`,
		`'infinity'::DATE`:                                `"infinity"`,
		`'\xAA\x01'::BLOB`:                                `"aa01"`,
		`'a'::ENUM('a','b')`:                              `"a"`,
		`ROW(1, 'a')`:                                     `[1,"a"]`,
		`{'a': NULL, 'b': [{'c': MAP{'d': 1}}]}`:          `{"a":null,"b":[{"c":{"d":1}}]}`,
		`MAP{1: 'x', 2: NULL}`:                            `{"1":"x","2":null}`,
		`[1,2]::INTEGER[2]`:                               `[1,2]`,
		`'00112233-4455-6677-8899-aabbccddeeff'::UUID`:    `"00112233-4455-6677-8899-aabbccddeeff"`,
		`TIME '23:59:59.25'`:                              `"23:59:59.25"`,
		`(SELECT count(*) FROM variants WHERE start IN (SELECT start FROM clinvar))`: `3`,
		`NULL`: `null`,
	} {
		got, err := run(t, e, tables, "SELECT "+expr+" AS x")
		if err != nil {
			t.Errorf("%s: %s: %v", expr, kindOf(t, err), err)
		} else if got != `[{"x":`+want+`}]` {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
	for sql, kind := range map[string]Kind{
		"SELECT cardinality(5)":                        Syntax,
		"SELECT cardinality('abc')":                    Syntax,
		"SELECT nope FROM variants":                    Syntax,
		"SELECT v.nope FROM variants v":                Syntax,
		"SELECT nope.start FROM variants":              Syntax,
		"SELECT * FROM nope":                           NotFound,
		"SELECT annotations.nope FROM variants":        Syntax,
		"SELECT CAST('x' AS integer)":                  Syntax,
		"SELECT 1 +":                                   Syntax,
		"SELECT sampleid + 1 FROM variants":            Syntax,
		"SELECT sum(sampleid) FROM variants":           Syntax,
		"SELECT start FROM variants GROUP BY sampleid": Syntax,
		"SELECT '1 day'::INTERVAL, 5::VARIANT":         Syntax,
		"SELECT (SELECT start FROM variants)":          Syntax,
	} {
		if _, err := run(t, e, tables, sql); err == nil || kindOf(t, err) != kind {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestForms checks that what the attacks are hidden in is allowed when nothing is hidden there.
func TestForms(t *testing.T) {
	tables := writeStore(t, t.TempDir())
	e := newEngine(t, Options{})
	for _, sql := range []string{
		`FROM variants`, `TABLE variants`, `VALUES (1), (2)`, `SELECT 1;`, `-- a
		SELECT /* b; */ 1 -- c`, `SELECT 'a;b', "start" FROM variants`,
		`SELECT * FROM (FROM variants)`, `SELECT * FROM variants JOIN clinvar USING (start)`,
		`SELECT * FROM variants NATURAL JOIN clinvar`,
		`SELECT v.start FROM variants v ASOF JOIN clinvar c ON v.start >= c.start`,
		`SELECT v.start FROM variants v POSITIONAL JOIN clinvar c`,
		`SELECT * FROM variants SEMI JOIN clinvar USING (start)`, `SELECT * FROM variants ANTI JOIN clinvar USING (start)`,
		`SELECT (SELECT max(start) FROM variants)`, `SELECT * FROM variants WHERE EXISTS (FROM clinvar)`,
		`SELECT * FROM variants v, LATERAL (SELECT v.start + 1)`, `WITH x AS MATERIALIZED (FROM variants) SELECT * FROM x`,
		`WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 5) SELECT * FROM x`,
		`WITH RECURSIVE x(n) AS (SELECT 1 UNION SELECT n % 3 + 1 FROM x) SELECT * FROM x`,
		`WITH a AS (SELECT 1 x), b AS (WITH c AS (FROM a) SELECT * FROM c) SELECT * FROM b WHERE x IN (SELECT x FROM a)`,
		`SELECT start FROM variants UNION ALL SELECT start FROM clinvar`,
		`SELECT start FROM variants EXCEPT (SELECT 1 INTERSECT SELECT start FROM clinvar)`,
		`SELECT start AS a FROM variants UNION ALL BY NAME SELECT start AS b FROM clinvar`,
		`SELECT * FROM variants ORDER BY (SELECT max(start) FROM clinvar)`, `SELECT * FROM variants LIMIT (SELECT 1)`,
		`SELECT * FROM variants LIMIT 10%`,
		`SELECT * FROM variants OFFSET 1`, `SELECT DISTINCT ON (sampleid) * FROM variants`,
		`SELECT * FROM variants ORDER BY ALL`,
		`SELECT sampleid, count(*) FROM variants GROUP BY ALL`,
		`SELECT count(*) FROM variants GROUP BY GROUPING SETS ((sampleid), ())`,
		`SELECT sampleid, grouping(sampleid), count(*) FROM variants GROUP BY ROLLUP (sampleid) HAVING count(*) > 1`,
		`SELECT start FROM variants QUALIFY row_number() OVER (PARTITION BY sampleid ORDER BY start) = 1`,
		`SELECT sum(start) OVER w FROM variants WINDOW w AS (ORDER BY start ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES)`,
		`SELECT lag(start, 1, 0) OVER (ORDER BY start), first_value(start IGNORE NULLS) OVER (ORDER BY start) FROM variants`,
		`SELECT sum(start) FILTER (WHERE qual > 1), list(start ORDER BY start DESC), count(DISTINCT sampleid) FROM variants`,
		`SELECT CASE sampleid WHEN 'S1' THEN 1 ELSE 2 END, start BETWEEN 1 AND 2, start NOT IN (1, 2), sampleid COLLATE NOCASE FROM variants`,
		`SELECT * EXCLUDE (start) REPLACE (upper(sampleid) AS sampleid) RENAME ("end" AS stop) FROM variants`,
		`SELECT COLUMNS('s.*') FROM variants`,
		`SELECT COLUMNS(c -> c LIKE 's%') FROM variants`, `SELECT max(COLUMNS(* EXCLUDE (annotations))) FROM variants`,
		`SELECT * FROM (VALUES (1, 'a')) t(id, name)`, `SELECT * FROM unnest([1,2]) t(x)`, `SELECT unnest([1,2])`,
		`SELECT * FROM range(3)`,
		`SELECT * FROM generate_series(1, 3) t(x)`,
		`SELECT sampleid, a, n FROM variants CROSS JOIN UNNEST(alternatealleles) WITH ORDINALITY AS t(a, n)`,
		`SELECT * FROM variants TABLESAMPLE 50 PERCENT`, `SELECT #1 FROM variants`, `SELECT variants FROM variants`,
		`SELECT start::VARCHAR[], CAST(row(1, 'a') AS STRUCT(x INTEGER, y VARCHAR)).x FROM clinvar WHERE false`,
		`SELECT "variants"."start", variants.* FROM variants`,
		`SELECT current_date, now() > TIMESTAMP '2020-01-01', extract(year FROM DATE '2020-01-01')`,
		`SELECT sampleid IS NULL, sampleid IS NOT DISTINCT FROM 'S1', NOT true, -start, start + 1 - 2 * 3 FROM variants`,
		`SELECT sampleid LIKE 'S%', sampleid ILIKE 's_', sampleid SIMILAR TO 'S.', sampleid ~ 'S', 'S' || sampleid FROM variants`,
		`SELECT approx_distinct(sampleid), approx_percentile(qual, 0.5), array_agg(DISTINCT sampleid ORDER BY sampleid) FROM variants`,
		`SELECT count_if(qual > 30), histogram(contigname), max_by(sampleid, qual), arbitrary(sampleid), bool_or(qual > 1) FROM variants`,
		`SELECT DuckDB_tables.start FROM duckdb_tables`,
	} {
		with := tables
		if sql == `SELECT DuckDB_tables.start FROM duckdb_tables` { // a store may bear such a name
			with = []Table{{Name: "duckdb_tables", Columns: variantColumns, Files: tables[0].Files}}
		}
		if _, err := run(t, e, with, sql); err != nil {
			t.Errorf("%s\n\t%s: %v", sql, kindOf(t, err), err)
		}
	}
}
