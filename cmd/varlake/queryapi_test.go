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

func TestWhyNotFound(t *testing.T) {
	refusal := omics.NotFound(`table "cohort" does not exist`)
	first, second, elsewhere := errors.New("first"), errors.New("second"), errors.New("elsewhere")
	denied := []denial{
		{meta.Table{Namespace: "variant_1_a", Name: "genes"}, elsewhere},
		{meta.Table{Namespace: "variant_1_b", Name: "cohort"}, first},
		{meta.Table{Namespace: "variant_2_c", Name: "cohort"}, second},
	}
	for sql, want := range map[string]error{
		"SELECT * FROM cohort":             first,
		"SELECT * FROM VARIANT_2_C.cohort": second,
		"SELECT * FROM variant_1_b.cohort": first,
	} {
		if got := whyNotFound(denied, sql, refusal); got != want {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
	}
	if got := whyNotFound(denied[:1], "SELECT * FROM cohort, genes", refusal); got != error(refusal) {
		t.Errorf("a table that nobody denied: %v", got)
	}
}
