package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

// otherClient is a client of a fresh account of the same server.
func otherClient(t *testing.T, s *server, c *client, account string) *client {
	t.Helper()
	key, err := s.db.CreateAccessKey(t.Context(), meta.NewAccessKey(account, "owner", ""))
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
		&omics.CreateShareIn{ResourceArn: omics.AnnotationStoreARN(owner.region, owner.account, name),
			PrincipalSubscriber: subscriber.account})
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
	body, err := json.Marshal(own.QueryIn{
		SQL:    "SELECT x, seqid FROM range(30000000) t(x) LEFT JOIN theirs ON theirs.start = x",
		Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	response, err := subscriber.send(t.Context(), http.MethodPost, own.Query.Path, body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	result := bufio.NewReader(response.Body)
	if line, err := result.ReadString('\n'); err != nil || line != "x,seqid\n" || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %q, %v", response.StatusCode, line, err)
	}
	if _, _, err := call[omics.DeleteShareOut](t.Context(), owner, "DeleteShare",
		&omics.DeleteShareIn{ShareID: share}); err != nil {
		t.Fatal(err)
	}
	rest, err := io.Copy(io.Discard, result)
	if !errors.Is(err, io.ErrUnexpectedEOF) || rest > 30000000*8 {
		t.Fatalf("%d bytes came, and then %v", rest, err)
	}
	if why := subscriber.whyBroken(t.Context(), response,
		err); why.Error() != "Access to a table of the query was revoked." {
		t.Errorf("the reason is %q", why)
	}
	if why := owner.whyBroken(t.Context(), response, err); why.Error() != "the answer of the server at "+owner.endpoint+
		" broke off, and it cannot say why; run the command again" {
		t.Errorf("another account is told %q", why)
	}
	var out bytes.Buffer
	answer, err := subscriber.send(t.Context(), http.MethodPost, own.Query.Path, body)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := out.ReadFrom(answer.Body); err != nil || answer.StatusCode != http.StatusNotFound ||
		!strings.Contains(out.String(), "does not exist") {
		t.Errorf("the same query after: status %d, %s, %v", answer.StatusCode, &out, err)
	}
}

// slowServer serves a data folder with little room for unread results.
func slowServer(t *testing.T) (*server, *client) {
	t.Helper()
	config := defaultConfig(filepath.Join(t.TempDir(), "data"))
	config.Listen, config.QuerySpill = "127.0.0.1:0", slot.Limits{Result: 10 << 20}
	s, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	c, err := newClient(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// endlessRows are in DuckDB's dialect: Trino's sequence, an array, has an end.
const endlessRows = "SELECT * FROM range(100000000000) t(x)"

// endless begins a result without an end, and reads its first line.
func endless(t *testing.T, c *client) (*http.Response, *bufio.Reader) {
	t.Helper()
	body, err := json.Marshal(own.QueryIn{SQL: endlessRows, Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.send(t.Context(), http.MethodPost, own.Query.Path, body)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	text := bufio.NewReader(response.Body)
	if line, err := text.ReadString('\n'); err != nil || line != "x\n" || response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %q, %v", response.StatusCode, line, err)
	}
	return response, text
}

// Results that one account does not read hold no other account up.
func TestUnreadResultsOfAnotherAccount(t *testing.T) {
	s, other := slowServer(t)
	c := otherClient(t, s, other, "210987654321")
	body, err := json.Marshal(own.QueryIn{SQL: endlessRows, Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var gone sync.WaitGroup
	for range 6 { // more than there are places
		gone.Go(func() {
			response, err := c.send(ctx, http.MethodPost, own.Query.Path, body)
			if err == nil {
				<-ctx.Done() // without a look at the body
				response.Body.Close()
			}
		})
	}
	_, unread := endless(t, c) // it had its turn among them
	for i := range 5 {
		var out bytes.Buffer
		in := own.QueryIn{Format: own.CSV, SQL: fmt.Sprintf("SELECT %d AS x", i)}
		if err := ask(t.Context(), other, queryOptions{QueryIn: in}, &out); err != nil ||
			out.String() != fmt.Sprintf("x\n%d\n", i) {
			t.Errorf("the other account: %q, %v", &out, err)
		}
	}
	if line, err := unread.ReadString('\n'); err != nil || line != "0\n" {
		t.Errorf("then the result goes on with %q, %v", line, err)
	}
	cancel()
	gone.Wait()
}

// A key that is deleted takes its queries with it: those under way break off, those that compute are refused.
func TestQueryOfADeletedKey(t *testing.T) {
	s, admin := slowServer(t)
	c := otherClient(t, s, admin, "210987654321")
	response, text := endless(t, c)
	body, err := json.Marshal(own.QueryIn{SQL: "SELECT count(*) FROM range(10000000) a, range(10000000) b",
		Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	computes := make(chan string)
	go func() {
		response, err := c.send(t.Context(), http.MethodPost, own.Query.Path, body)
		if err != nil {
			computes <- err.Error()
			return
		}
		defer response.Body.Close()
		answer, err := c.readAnswer(response)
		computes <- fmt.Sprint(response.StatusCode, " ", string(answer), err)
	}()
	if err := s.db.DeleteAccessKey(t.Context(), c.keyID); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, text); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the result ended with %v", err)
	}
	// The key cannot ask why; its account can.
	key, err := s.db.CreateAccessKey(t.Context(), meta.NewAccessKey(c.account, "second", meta.AdministratorPolicy))
	if err != nil {
		t.Fatal(err)
	}
	second := &client{endpoint: c.endpoint, region: c.region, account: c.account, keyID: key.ID, secret: key.Secret}
	if why := second.whyBroken(t.Context(), response,
		io.ErrUnexpectedEOF); why.Error() != "The access key that the request is signed with was deleted." {
		t.Errorf("the reason is %q", why)
	}
	if got := <-computes; !strings.HasPrefix(got, "403 ") {
		t.Errorf("the one that computes: %s", got)
	}
}

// A client of HTTP/1.0 knows a result's end by the connection's alone: one that breaks off is reset.
func TestBrokenAnswerOfHTTP10(t *testing.T) {
	s, admin := slowServer(t)
	c := otherClient(t, s, admin, "210987654321")
	body, err := json.Marshal(own.QueryIn{SQL: endlessRows, Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.endpoint+own.Query.Path,
		bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := sigv4.Sign(request, body, sigv4.Credentials{AccessKeyID: c.keyID, Secret: c.secret}, c.region, "omics",
		time.Now()); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := request.Write(&text); err != nil {
		t.Fatal(err)
	}
	connection, err := net.Dial("tcp", strings.TrimPrefix(c.endpoint, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write(bytes.Replace(text.Bytes(), []byte(" HTTP/1.1\r\n"), []byte(" HTTP/1.0\r\n"),
		1)); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(connection)
	if line, err := answer.ReadString('\n'); err != nil || line != "HTTP/1.0 200 OK\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := s.db.DeleteAccessKey(t.Context(), c.keyID); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("it ended with %v", err)
	}
}

// What a policy denies is denied to the statement that reads it, and to no other: not for a word in a comment, a text
// or another name.
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
	key, err := s.db.CreateAccessKey(t.Context(), meta.NewAccessKey(admin.account, "reader", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["athena:*", "glue:*"], "Resource": "*"},
		{"Effect": "Deny", "Action": "glue:GetTable", "Resource": ["arn:aws:glue:*:`+meta.AdminAccount+`:table/*/hidden", "arn:aws:glue:*:`+meta.AdminAccount+`:table/*/genes"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	reader := &client{endpoint: admin.endpoint, region: admin.region, account: admin.account, keyID: key.ID,
		secret: key.Secret}
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
		"SELECT count(*) AS n FROM notes -- hidden, genes":                       "",
		"SELECT count(*) AS n, 'hidden' AS genes FROM notes":                     "",
		"WITH hidden AS (SELECT 1 AS x) SELECT count(*) AS n FROM hidden, notes": "",
		"SELECT count(*) AS n FROM " + shared:                                    "",
		"SELECT count(*) AS n FROM " + shared + " /* genes, not hidden */":       "",
		"SELECT count(*) AS n FROM hidden":                                       "/hidden",
		"SELECT count(*) AS n FROM \"default\".\"HIDDEN\" JOIN notes ON true":    "/hidden",
		"SELECT count(*) AS n FROM genes -- " + shared:                           "/genes",
		"SELECT count(*) AS n FROM notes WHERE EXISTS (SELECT 1 FROM genes)":     "/genes",
		"WITH RECURSIVE t (n) AS (SELECT start FROM hidden UNION ALL SELECT n FROM t WHERE n < 0) " +
			"SELECT count(*) FROM t": "/hidden",
		"SELECT count(*) AS n FROM notes WHERE start IN (SELECT start FROM nope)": "does not exist",
	} {
		body, err := json.Marshal(own.QueryIn{SQL: sql, Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		response, err := reader.send(t.Context(), http.MethodPost, own.Query.Path, body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := reader.readAnswer(response)
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

// A share that ends takes with it the queries that read its table, and none that only speak of it.
func TestQueryThatMentionsAShareThatEnds(t *testing.T) {
	s, subscriber := startTestServer(t, filepath.Join(t.TempDir(), "data"))
	owner := otherClient(t, s, subscriber, "210987654321")
	share := sharedStore(t, owner, subscriber, "theirs")
	body, err := json.Marshal(own.QueryIn{
		SQL:    "WITH theirs AS (SELECT 1 AS n) SELECT x, 'theirs' AS t FROM range(2000000) t(x), theirs -- theirs",
		Format: own.CSV, Dialect: own.DuckDB})
	if err != nil {
		t.Fatal(err)
	}
	response, err := subscriber.send(t.Context(), http.MethodPost, own.Query.Path, body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	result := bufio.NewReader(response.Body)
	if line, err := result.ReadString('\n'); err != nil || line != "x,t\n" {
		t.Fatalf("status %d, %q, %v", response.StatusCode, line, err)
	}
	if _, _, err := call[omics.DeleteShareOut](t.Context(), owner, "DeleteShare",
		&omics.DeleteShareIn{ShareID: share}); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(result)
	if lines := bytes.Count(rest, []byte("\n")); err != nil || lines != 2000000 {
		t.Errorf("%d lines came, %v", lines, err)
	}
}

// On a stopped folder policies hold as on a running server, and nothing of the folder is changed.
func TestQueryOfAStoppedFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	config := defaultConfig(data)
	config.Listen = "127.0.0.1:0"
	s, err := startServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"genes", "hidden"} {
		if code, _, stderr := do(t, data, "annotation", "create", name, "--format", "gff"); code != exitOK {
			t.Fatal(stderr)
		}
	}
	policy := filepath.Join(t.TempDir(), "policy.json")
	write(t, policy, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["athena:*", "glue:*"], "Resource": "*"},
		{"Effect": "Deny", "Action": "glue:GetTable", "Resource": "arn:aws:glue:*:*:table/*/hidden"}]}`)
	if code, _, stderr := do(t, data, "access-key", "create", "--name", "reader", "--profile", "reader", "--policy",
		policy); code != exitOK {
		t.Fatal(stderr)
	}
	ask := func(profile, sql string) (code int, stdout, stderr string) {
		t.Helper()
		t.Setenv("VARLAKE_PROFILE", profile)
		return do(t, data, "query", "--format", "csv", sql)
	}
	check := func(where string) {
		t.Helper()
		for _, c := range []struct {
			profile, sql string
			code         int
			out          string
		}{
			{defaultProfile, "SELECT count(*) AS n FROM hidden", exitOK, "n\n0\n"},
			{"reader", "SELECT count(*) AS n FROM genes -- hidden", exitOK, "n\n0\n"},
			{"reader", "SELECT count(*) AS n FROM hidden", exitDenied, ""},
			{"reader", "SELECT count(*) AS n FROM nope", exitNotFound, ""},
		} {
			if code, stdout, stderr := ask(c.profile, c.sql); code != c.code || stdout != c.out {
				t.Errorf("%s, %s, %s: %d, %q, %s", where, c.profile, c.sql, code, stdout, stderr)
			}
		}
	}
	check("running")
	if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	before := folderTimes(t, data)
	check("stopped")
	if diff := cmp.Diff(before, folderTimes(t, data)); diff != "" {
		t.Error(diff)
	}
}

// folderTimes gives when each file of a data folder was changed, its spill aside.
func folderTimes(t *testing.T, data string) map[string]time.Time {
	t.Helper()
	times := map[string]time.Time{}
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			times[path] = info.ModTime()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return times
}
