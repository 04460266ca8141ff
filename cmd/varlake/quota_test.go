package main

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/wire/omics"
)

func TestSetQuotas(t *testing.T) {
	// Every limit has a name, and each name sets its own.
	fields := map[int]bool{}
	for name := range quotas(&ops.Limits{}) {
		limits := ops.DefaultLimits()
		if err := setQuotas(&limits, []string{name + "=77"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		before, after := reflect.ValueOf(ops.DefaultLimits()), reflect.ValueOf(limits)
		for i := range after.NumField() {
			if after.Field(i).Int() != before.Field(i).Int() {
				if fields[i] || after.Field(i).Int() != 77 {
					t.Errorf("%s: set %s to %d", name, after.Type().Field(i).Name, after.Field(i).Int())
				}
				fields[i] = true
			}
		}
	}
	if n := reflect.TypeFor[ops.Limits]().NumField(); len(fields) != n {
		t.Errorf("%d of %d limits can be set", len(fields), n)
	}
	limits := ops.DefaultLimits()
	if err := setQuotas(&limits, []string{"references=3", "variant-stores=1000000", "references=4"}); err != nil ||
		limits.References != 4 || limits.VariantStores != 1000000 {
		t.Errorf("limits %+v, %v", limits, err)
	}
	for _, flag := range []string{"", "references", "references=", "references=0", "references=-1", "references=x",
		"references=1.5", "=3", "nothing=3", "References=3", "references=99999999999999999999"} {
		limits := ops.DefaultLimits()
		err := setQuotas(&limits, []string{flag})
		if usage := (usageError{}); !errors.As(err, &usage) ||
			!strings.Contains(err.Error(), "concurrent-jobs, files-per-job") {
			t.Errorf("%q: %v", flag, err)
		}
		if limits != ops.DefaultLimits() {
			t.Errorf("%q: set %+v", flag, limits)
		}
	}
}

func TestSetRates(t *testing.T) {
	defaults := httpapi.DefaultRates()
	for _, c := range []struct {
		flags []string
		want  map[string]omics.Rate // a missing one is the default's
	}{
		{nil, nil},
		{[]string{"GetShare=3"}, map[string]omics.Rate{"GetShare": {PerSecond: 3, Burst: 6}}},
		{[]string{"GetShare=0.1"}, map[string]omics.Rate{"GetShare": {PerSecond: 0.1, Burst: 1}}},
		{[]string{"GetShare=2:7"}, map[string]omics.Rate{"GetShare": {PerSecond: 2, Burst: 7}}},
		{[]string{"GetShare=off", "query=1"}, map[string]omics.Rate{"GetShare": {}, "query": {PerSecond: 1, Burst: 2}}},
		{[]string{"GetShare=1", "GetShare=2"}, map[string]omics.Rate{"GetShare": {PerSecond: 2, Burst: 4}}},
		{[]string{"GetShare=1e300"}, map[string]omics.Rate{"GetShare": {PerSecond: 1e300, Burst: 1e6}}},
	} {
		want := httpapi.DefaultRates()
		for name, rate := range c.want {
			want[name] = rate
		}
		got := httpapi.DefaultRates()
		if err := setRates(got, c.flags); err != nil {
			t.Errorf("%v: %v", c.flags, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v: %s", c.flags, diff)
		}
	}
	// * is for all that no other flag names, wherever it stands.
	for _, flags := range [][]string{{"*=5", "GetShare=off"}, {"GetShare=off", "*=5"}} {
		got := httpapi.DefaultRates()
		if err := setRates(got, flags); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(httpapi.Rates{"*": {PerSecond: 5, Burst: 10}, "GetShare": {}}, got); diff != "" {
			t.Errorf("%v: %s", flags, diff)
		}
	}
	for _, flag := range []string{"", "*", "GetShare", "GetShare=", "GetShare=0", "GetShare=-1", "GetShare=x",
		"GetShare=NaN", "GetShare=Inf", "GetShare=1:", "GetShare=1:0", "GetShare=1:x",
		"GetShare=off:1", "getShare=1", "Nothing=1", "=1"} {
		got := httpapi.DefaultRates()
		err := setRates(got, []string{flag})
		if usage := (usageError{}); !errors.As(err, &usage) ||
			!strings.Contains(err.Error(), "--rate is OPERATION=PER_SECOND[:BURST]") {
			t.Errorf("%q: %v", flag, err)
		}
		if !cmp.Equal(got, defaults) {
			t.Errorf("%q: set %v", flag, got)
		}
	}
}
