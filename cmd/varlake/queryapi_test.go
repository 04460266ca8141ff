package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varlake/varlake/internal/meta"
	"github.com/varlake/varlake/internal/omics"
)

// otherClient is a client of a fresh account of the same server.
func otherClient(t *testing.T, s *server, c *client, account string) *client {
	t.Helper()
	key, err := s.db.CreateAccessKey(t.Context(), account, "owner", "")
	if err != nil {
		t.Fatal(err)
	}
	return &client{endpoint: c.endpoint, region: c.region, account: account, keyID: key.ID, secret: key.Secret}
}

// sharedStore makes an empty annotation store of the owner's that the subscriber may read; it gives the share.
func sharedStore(t *testing.T, owner, subscriber *client, name string) (shareID string) {
	t.Helper()
	in := &omics.CreateAnnotationStoreIn{Name: &name, StoreFormat: omics.FormatGFF}
	if err := runAnnotationCreate(t.Context(), owner, in, annotationCreateOptions{name: name}, io.Discard); err != nil {
		t.Fatal(err)
	}
	share, _, err := call[omics.CreateShareOut](t.Context(), owner, "CreateShare",
		&omics.CreateShareIn{ResourceArn: omics.AnnotationStoreARN(owner.region, owner.account, name), PrincipalSubscriber: subscriber.account})
	if err != nil {
		t.Fatal(err)
	}
	if err := runShareAccept(t.Context(), subscriber, share.ShareID, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	return share.ShareID
}

// A share that ends takes the rest of a result with it that is being sent.
func TestQueryOverAShareThatEnds(t *testing.T) {
	s, subscriber := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	owner := otherClient(t, s, subscriber, "210987654321")
	share := sharedStore(t, owner, subscriber, "theirs")
	// More than all buffers between hold, so that it is not over when its beginning is read.
	body, err := json.Marshal(queryRequest{SQL: "SELECT x, seqid FROM range(30000000) t(x) LEFT JOIN theirs ON theirs.start = x", Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	response, err := subscriber.send(t.Context(), http.MethodPost, queryPath, body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	result := bufio.NewReader(response.Body)
	if line, err := result.ReadString('\n'); err != nil || line != "x,seqid\n" || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %q, %v", response.StatusCode, line, err)
	}
	if _, _, err := call[omics.DeleteShareOut](t.Context(), owner, "DeleteShare", &omics.DeleteShareIn{ShareID: share}); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for {
		if _, err := result.ReadString('\n'); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		rows++
	}
	if got := response.Trailer.Get(errorTrailer); rows >= 30000000 || got != "Access to a table of the query was revoked." {
		t.Errorf("%d rows came, and then %q", rows, got)
	}
	var out bytes.Buffer
	answer, err := subscriber.send(t.Context(), http.MethodPost, queryPath, body)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := out.ReadFrom(answer.Body); err != nil || answer.StatusCode != http.StatusNotFound || !strings.Contains(out.String(), "does not exist") {
		t.Errorf("the same query after: status %d, %s, %v", answer.StatusCode, &out, err)
	}
}

// What a policy denies is denied to the statement that reads it, and to no other: not for a word in a comment, a text or another name.
func TestQueryAmongDeniedTables(t *testing.T) {
	s, admin := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	const elsewhere = "210987654321"
	owner := otherClient(t, s, admin, elsewhere)
	sharedStore(t, owner, admin, "genes")
	for _, name := range []string{"genes", "hidden", "notes"} {
		in := &omics.CreateAnnotationStoreIn{Name: &name, StoreFormat: omics.FormatGFF}
		if err := runAnnotationCreate(t.Context(), admin, in, annotationCreateOptions{name: name}, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	key, err := s.db.CreateAccessKey(t.Context(), admin.account, "reader", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["athena:*", "glue:*"], "Resource": "*"},
		{"Effect": "Deny", "Action": "glue:GetTable", "Resource": ["arn:aws:glue:*:`+meta.AdminAccount+`:table/*/hidden", "arn:aws:glue:*:`+meta.AdminAccount+`:table/*/genes"]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	reader := &client{endpoint: admin.endpoint, region: admin.region, account: admin.account, keyID: key.ID, secret: key.Secret}
	tables, err := s.db.Tables(t.Context(), admin.account)
	if err != nil {
		t.Fatal(err)
	}
	shared := ""
	for _, table := range tables {
		if table.ShareID != "" {
			shared = table.Namespace + ".genes"
		}
	}
	for sql, want := range map[string]string{
		"SELECT count(*) AS n FROM notes -- hidden, genes":                        "",
		"SELECT count(*) AS n, 'hidden' AS genes FROM notes":                      "",
		"WITH hidden AS (SELECT 1 AS x) SELECT count(*) AS n FROM hidden, notes":  "",
		"SELECT count(*) AS n FROM " + shared:                                     "",
		"SELECT count(*) AS n FROM " + shared + " /* genes, not hidden */":        "",
		"SELECT count(*) AS n FROM hidden":                                        "/hidden",
		"SELECT count(*) AS n FROM any_db.\"HIDDEN\" JOIN notes ON true":          "/hidden",
		"SELECT count(*) AS n FROM genes -- " + shared:                            "/genes",
		"SELECT count(*) AS n FROM notes WHERE EXISTS (SELECT 1 FROM genes)":      "/genes",
		"WITH RECURSIVE hidden AS (FROM hidden UNION FROM hidden) FROM hidden":    "/hidden",
		"SELECT count(*) AS n FROM notes WHERE start IN (SELECT start FROM nope)": "does not exist",
	} {
		body, err := json.Marshal(queryRequest{SQL: sql, Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		response, err := reader.send(t.Context(), http.MethodPost, queryPath, body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := readAnswer(response)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		status := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[want == ""]
		if want == "does not exist" {
			status = http.StatusNotFound
		}
		if response.StatusCode != status || !strings.Contains(string(answer), want) {
			t.Errorf("%s: status %d, %s; want %d, %q", sql, response.StatusCode, answer, status, want)
		}
	}
}
