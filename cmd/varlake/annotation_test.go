package main

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/wire/omics"
)

// Of a running job only the id is known: the kind that has it is the one that is cancelled.
func TestJobCancel(t *testing.T) {
	const id = "11111111-2222-4333-8444-555555555555"
	var asked []string
	c := answeredBy(func(r *http.Request) (int, string) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		if strings.HasPrefix(r.URL.Path, "/import/variant/") {
			return http.StatusNotFound, `{"message": "no such job"}`
		}
		return http.StatusOK, `{"id": "` + id + `", "destinationName": "genes", "versionName": "v2", "status": "CANCELLED", "statusMessage": "as asked",
			"items": [{"source": "s3://b/k", "jobStatus": "CANCELLED"}], "creationTime": "2024-01-02T03:04:05.000000Z"}`
	})
	var stdout bytes.Buffer
	if err := runJobCancel(t.Context(), &connection{client: c}, id, false, &stdout); err != nil {
		t.Fatal(err)
	}
	find := []string{"GET /import/variant/" + id, "GET /import/annotation/" + id}
	want := append(append(find[:2:2], "DELETE /import/annotation/"+id), find...)
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	table := strings.Join([]string{
		"job       " + id, "kind      annotation", "store     genes", "version   v2", "status    CANCELLED",
		"message   as asked",
		"created   2024-01-02T03:04:05Z", "s3://b/k  CANCELLED: as asked", "",
	}, "\n")
	if diff := cmp.Diff(table, stdout.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// Versions that could not be deleted beside others that were give exit code 3, alone they are an error.
func TestVersionDelete(t *testing.T) {
	for _, test := range []struct {
		busy string // names of versions with running imports
		code int
		out  string
	}{
		{"", exitOK, "deleted v_1, v_2\n"},
		{"v_2", exitFailures, "deleted v_1\n"},
		{"v_1 v_2", exitError, ""},
	} {
		deleted := map[string]bool{}
		c := answeredBy(func(r *http.Request) (int, string) {
			if r.Method == http.MethodGet {
				if deleted[r.URL.Path] {
					return http.StatusNotFound, `{"message": "no such version"}`
				}
				return http.StatusOK, `{}`
			}
			var failed []string
			for _, version := range []string{"v_1", "v_2"} {
				if strings.Contains(test.busy, version) {
					failed = append(failed, `{"versionName": "`+version+`", "message": "busy"}`)
				} else {
					deleted["/annotationStore/genes/version/"+version] = true
				}
			}
			return http.StatusOK, `{"errors": [` + strings.Join(failed, ",") + `]}`
		})
		var stdout, stderr bytes.Buffer
		in := &omics.DeleteAnnotationStoreVersionsIn{Name: "genes", Versions: []string{"v_1", "v_2"}}
		err := runVersionDelete(t.Context(), c, in, false, &stdout, &stderr)
		if exitCode(err) != test.code || stdout.String() != test.out ||
			strings.Count(stderr.String(), "busy\n") != len(strings.Fields(test.busy)) {
			t.Errorf("busy %q: %v, exit code %d, printed %q and %q", test.busy, err, exitCode(err), stdout.String(),
				stderr.String())
		}
	}
}

func TestLayoutOptions(t *testing.T) {
	some := layoutOptions{columns: []string{"chrom:string", "pos:Long"}, roles: []string{"chr=chrom", "POS=pos"},
		annotationType: "chr_pos"}
	kind := omics.AnnotationChrPos
	for _, test := range []struct {
		options layoutOptions
		want    *omics.TsvStoreOptions
		usage   bool
	}{
		{layoutOptions{}, nil, false},
		{some, &omics.TsvStoreOptions{
			AnnotationType: &kind, FormatToHeader: map[omics.FormatToHeaderKey]string{omics.HeaderChr: "chrom",
				omics.HeaderPos: "pos"},
			Schema: []map[string]omics.SchemaValueType{{"chrom": omics.SchemaString}, {"pos": omics.SchemaLong}},
		}, false},
		{layoutOptions{columns: []string{"chrom"}}, nil, true},
		{layoutOptions{roles: []string{"chr:chrom"}}, nil, true},
	} {
		got, err := test.options.parse()
		var usage usageError
		if diff := cmp.Diff(test.want, got); diff != "" || errors.As(err, &usage) != test.usage {
			t.Errorf("%+v: %v (-want +got):\n%s", test.options, err, diff)
		}
	}
}
