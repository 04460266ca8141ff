package omics

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTimes(t *testing.T) {
	at := time.Date(2022, 8, 24, 22, 34, 19, 229_500_999, time.FixedZone("CEST", 7200))
	got, err := json.Marshal(map[string]any{"time": Time{at}, "storage": StorageTime{at}, "zero": Time{}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"storage":"2022-08-24T20:34:19.229Z","time":"2022-08-24T20:34:19.229500Z","zero":"0001-01-01T00:00:00.000000Z"}`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}

	for in, want := range map[string]time.Time{
		`"2022-08-24T20:34:19Z"`:          time.Date(2022, 8, 24, 20, 34, 19, 0, time.UTC),
		`"2022-08-24T22:34:19.25+02:00"`:  time.Date(2022, 8, 24, 20, 34, 19, 250_000_000, time.UTC),
		`"2022-08-24T20:34:19.229500Z"`:   time.Date(2022, 8, 24, 20, 34, 19, 229_500_000, time.UTC),
		`"2022-08-24T20:34:19.123456789Z`: {}, // no closing quote
		`"2022-08-24"`:                    {},
		`1661373259`:                      {},
		`""`:                              {},
	} {
		var a Time
		var b StorageTime
		errA, errB := a.UnmarshalJSON([]byte(in)), b.UnmarshalJSON([]byte(in))
		if bad := want.IsZero(); (errA != nil) != bad || (errB != nil) != bad || !a.Equal(want) || !b.Equal(want) {
			t.Errorf("%s: got %v %v, %v %v, want %v", in, a, errA, b, errB, want)
		}
	}
	if _, err := json.Marshal(Time{time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Error("a year of five digits was written")
	}
}

func TestARNs(t *testing.T) {
	const account = "123456789012"
	parse := func(s string) ARN {
		t.Helper()
		a, err := ParseARN(s)
		if err != nil {
			t.Fatal(err)
		}
		if a.String() != s {
			t.Errorf("%s came back as %s", s, a)
		}
		return a
	}
	store := parse(VariantStoreARN("us-east-1", account, "my_store"))
	if diff := cmp.Diff(ARN{"aws", "omics", "us-east-1", account, "variantStore/my_store"}, store); diff != "" {
		t.Error(diff)
	}
	reference := parse(ReferenceARN("us-east-1", account, "1234567890", "0987654321"))
	referenceStore := parse(ReferenceStoreARN("us-east-1", account, "1234567890"))
	annotations := parse(AnnotationStoreARN("us-east-1", account, "my_notes"))
	version := parse(AnnotationStoreVersionARN("us-east-1", account, "my_notes", "v_2"))
	if want := "arn:aws:omics:us-east-1:" + account + ":annotationStore/my_notes/version/v_2"; version.String() != want {
		t.Errorf("a version is %s, want %s", version, want)
	}
	versionless := parse("arn:aws:omics:us-east-1:" + account + ":annotationStore/my_notes/version/")
	storeless := parse("arn:aws:omics:us-east-1:" + account + ":annotationStore//version/v_2")
	deepVersion := parse("arn:aws:omics:us-east-1:" + account + ":annotationStore/my_notes/version/v_2/x")
	other := parse("arn:aws:s3:::variantStore/x:y")
	deep := parse("arn:aws:omics:us-east-1:" + account + ":referenceStore/1/reference/2/3")
	short := parse("arn:aws:omics:us-east-1:" + account + ":referenceStore/")

	kinds := func(a ARN) [3]string {
		var k [3]string
		if name, ok := a.VariantStore(); ok {
			k[0] = name
		}
		if storeID, id, ok := a.Reference(); ok {
			k[1] = storeID + " " + id
		}
		if name, ok := a.AnnotationStore(); ok {
			k[2] = name
		}
		return k
	}
	for _, test := range []struct {
		arn  ARN
		want [3]string
	}{
		{store, [3]string{0: "my_store"}},
		{referenceStore, [3]string{}},
		{reference, [3]string{1: "1234567890 0987654321"}},
		{annotations, [3]string{2: "my_notes"}},
		{version, [3]string{}},
		{versionless, [3]string{}},
		{storeless, [3]string{}},
		{deepVersion, [3]string{}},
		{other, [3]string{}},
		{deep, [3]string{}},
		{short, [3]string{}},
	} {
		if got := kinds(test.arn); got != test.want {
			t.Errorf("%s is %q, want %q", test.arn, got, test.want)
		}
	}
	for _, s := range []string{"", "arn", "arn:aws:omics:us-east-1:1", "urn:aws:omics:r:a:x", "arn::omics:r:a:x",
		"arn:aws::r:a:x", "arn:aws:omics:r:a:"} {
		if a, err := ParseARN(s); err == nil {
			t.Errorf("%q parsed as %+v", s, a)
		}
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk full")
	err := Internal(cause)
	if !errors.Is(err, cause) || strings.Contains(err.Message, "disk") {
		t.Errorf("the cause must be wrapped and kept out of the message: %+v", err)
	}
	if got := err.Error(); !strings.Contains(got, "disk full") {
		t.Errorf("the log line %q lacks the cause", got)
	}
	for _, test := range []struct {
		err  *Error
		code Code
	}{
		{AccessDenied("no %d", 1), CodeAccessDenied}, {Conflict("no %d", 1), CodeConflict}, {NotFound("no %d", 1),
			CodeResourceNotFound},
		{Quota("no %d", 1), CodeServiceQuotaExceeded}, {RangeNotSatisfiable("no %d", 1), CodeRangeNotSatisfiable},
		{RequestTimeout("no %d", 1), CodeRequestTimeout}, {Throttling("no %d", 1), CodeThrottling}, {Validation("no %d", 1),
			CodeValidation},
	} {
		if test.err.Code != test.code || test.err.Message != "no 1" {
			t.Errorf("got %v, want %s: no 1", test.err, test.code)
		}
	}
}

func TestCaller(t *testing.T) {
	if got := CallerFrom(context.Background()); got != (Caller{}) {
		t.Errorf("nobody is %+v", got)
	}
	want := Caller{Account: "123456789012", Region: "us-east-1", KeyID: "K", ARN: "arn:aws:iam::123456789012:user/x"}
	if got := CallerFrom(WithCaller(context.Background(), want)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestJobStatusFinal(t *testing.T) {
	for _, s := range JobStatus("").values() {
		want := s != "SUBMITTED" && s != "IN_PROGRESS"
		if got := JobStatus(s).Final(); got != want {
			t.Errorf("%s: final is %t", s, got)
		}
	}
}
