package trino

import (
	"maps"
	"slices"
	"strings"
)

// reserved are the words that name nothing unless they are quoted.
const reserved = `ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE
	CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE
	DISTINCT DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER
	INSERT INTERSECT INTO IS JOIN JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG
	LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT SKIP
	TABLE THEN TRIM TRUE UESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH`

// free are the words of the grammar that may name something, too.
const free = `ABSENT ADD AFTER ALL ANALYZE ANY ARRAY ASC AT AUTO BERNOULLI BOTH CALL CATALOGS COLUMN COLUMNS COMMENT
	COMMIT CONDITIONAL COPARTITION COUNT CURRENT DATA DATABASES DATE DAY DEFAULT DEFINE DEFINER DENY DESC DESCRIPTOR
	DISTRIBUTED DOUBLE EMPTY ENCODING ERROR EXPLAIN EXTENDED FETCH FILTER FINAL FIRST FOLLOWING FORMAT FORMATTED
	FUNCTION FUNCTIONS GRANT GRAPHVIZ GROUPS HOUR IF IGNORE IMMEDIATE INPUT INTERVAL INVOKER IO JSON KEEP KEY KEYS
	LAST LATERAL LEADING LIMIT LOCAL LOGICAL MAP MATCH_RECOGNIZE MATERIALIZED MEASURES MERGE MINUTE MONTH MSCK NESTED
	NEXT NFC NFD NFKC NFKD NO NULLS OBJECT OF OFFSET OMIT ONLY ORDINALITY OUTPUT OVER OVERFLOW PARTITION PARTITIONS
	PASSING PATH PATTERN PLAN POSITION PRECEDING PRECISION PROPERTIES QUOTES RANGE REFRESH REPLACE RESET RESPECT
	RETURNING REVOKE ROLLBACK ROW ROWS RUNNING SCALAR SCHEMA SCHEMAS SECOND SECURITY SESSION SET SETS SHOW SOME START
	STATS STRING SUBSTRING SYSTEM TABLES TABLESAMPLE TBLPROPERTIES TEXT TIES TIME TIMESTAMP TO TRAILING TRUNCATE
	TRY_CAST TYPE UNBOUNDED UNCONDITIONAL UNIQUE UNKNOWN UNLOAD UPDATE USE UTF16 UTF32 UTF8 VACUUM VALIDATE VALUE
	VERBOSE VERSION VIEW VIEWS WINDOW WITHIN WITHOUT GRANTS ROLES ROLE EXTERNAL DATABASE WRAPPER YEAR ZONE`

// words has both by themselves in upper case; true marks the reserved ones.
var words = func() map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(free) {
		all[w] = false
	}
	for _, w := range strings.Fields(reserved) {
		all[w] = true
	}
	return all
}()

// spelled gives the one string of each word, so that none is made for a token.
var spelled = func() map[string]string {
	all := make(map[string]string, len(words))
	for w := range words {
		all[w] = w
	}
	return all
}()

// longestWord is the length of the longest, in bytes.
var longestWord = func() (n int) {
	for w := range words {
		n = max(n, len(w))
	}
	return n
}()

// grammarWord is the word of the grammar that s spells in any case, or empty.
func grammarWord(s string) string {
	if len(s) > longestWord {
		return ""
	}
	var upper [32]byte
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	return spelled[string(upper[:len(s)])]
}

// Keywords lists the words of the grammar, in upper case and in order.
func Keywords() []string { return slices.Sorted(maps.Keys(words)) }

// FunctionNames lists the functions that a statement can call, in order.
func FunctionNames() []string {
	names := append(slices.Collect(maps.Keys(functions())), slices.Collect(maps.Keys(specialForms))...)
	slices.Sort(names)
	return slices.Compact(names)
}
