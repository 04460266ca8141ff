package query

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	sql := os.Getenv("SQL")
	if sql == "" {
		sql = "SELECT 1 AS a, 'x' b, [1,2,NULL] c, map{'k':1.5} d, {'a':1,'b':'y'} e, cardinality([1,2]) f, cardinality(map{'a':1}) g, 5/2 h, element_at(map{'a':1},'b') i, 170141183460469231731687303715884105727 j, now() k, DATE '2020-01-01' l, INTERVAL 90 MINUTE m, TIME '10:11:12.5' n, uuid() o, 1e300 p, 'NaN'::DOUBLE q, TIMESTAMP '2020-01-01 00:00:00.5' r"
	}
	for range 5 {
		start := time.Now()
		r, err := e.Query(t.Context(), nil, sql)
		if err != nil {
			t.Logf("%+v %v", err, err.(*Error).Err)
			continue
		}
		var b bytes.Buffer
		err = WriteJSON(&b, r)
		fmt.Println(time.Since(start), r.layers, err, b.String())
	}
	time.Sleep(200 * time.Millisecond)
	r, err := e.Query(t.Context(), nil, sql)
	if err == nil {
		WriteTable(os.Stdout, r)
	}
}
