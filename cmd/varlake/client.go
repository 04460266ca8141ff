package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/sigv4"
)

const (
	maxAnswer = 64 << 20 // of one answer that the client reads, in bytes

	// A request that is refused for its rate, or because the server is busy, is sent again, some 15 s long.
	maxSends     = 8
	firstBackoff = 200 * time.Millisecond // doubled after each time
	lastBackoff  = 5 * time.Second

	// A command asks for the state of what it waits for again and again: at first often, then after a part of the time
	// that it has waited, and always well below the API's rates.
	firstPoll = 50 * time.Millisecond
	lastPoll  = 500 * time.Millisecond
	pollPart  = 16
)

// client calls the API as any AWS client does: signed requests over HTTP.
type client struct {
	endpoint string // http://HOST:PORT
	region   string
	account  string
	keyID    string
	secret   string
	http     http.Client
	paths    dataPaths // of the key

	// finds the folder's next server when this one, inside another command, has ended; nil: it is none of those
	again func(context.Context) error
}

// call performs one operation. raw is the answer's body as the server sent it. A client is used by one goroutine at a
// time.
func call[Out any](ctx context.Context, c *client, operation string, in any) (out *Out, raw []byte, err error) {
	for {
		out, raw, err = callOnce[Out](ctx, c, operation, in)
		if !c.mayRepeat(err, reads(operation)) {
			return out, raw, err
		}
		if err := c.again(ctx); err != nil {
			return nil, nil, err
		}
	}
}

func callOnce[Out any](ctx context.Context, c *client, operation string, in any) (out *Out, raw []byte, err error) {
	i := slices.IndexFunc(omics.Operations, func(op omics.Operation) bool { return op.Name == operation })
	if i < 0 {
		return nil, nil, fmt.Errorf("no operation named %s", operation)
	}
	op := omics.Operations[i]
	if request, ok := in.(interface{ Validate() error }); ok { // as the server does, which words it for the API
		if err := request.Validate(); err != nil {
			return nil, nil, usageError{err}
		}
	}
	target, body, err := encodeRequest(op, in)
	if err != nil {
		return nil, nil, fmt.Errorf("encode %s: %w", operation, err)
	}
	response, err := c.send(ctx, op.Method, target, body)
	if err != nil {
		return nil, nil, c.lostAt(operation, err)
	}
	defer response.Body.Close()
	if raw, err = c.readAnswer(response); err != nil {
		return nil, nil, c.lostAt(operation, err)
	}
	if response.StatusCode >= 300 {
		return nil, raw, c.decodeError(response, raw)
	}
	out = new(Out)
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, out); err != nil {
			return nil, raw, fmt.Errorf("decode the answer of %s: %w", operation, err)
		}
	}
	return out, raw, nil
}

// post sends a request of Varlake's own, which may be done twice. The answer is one of success, for the caller to read
// and to close.
func (c *client) post(ctx context.Context, path string, request any) (*http.Response, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	response, err := c.send(ctx, http.MethodPost, path, body)
	for c.mayRepeat(err, true) {
		if err := c.again(ctx); err != nil {
			return nil, err
		}
		response, err = c.send(ctx, http.MethodPost, path, body)
	}
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	raw, err := c.readAnswer(response)
	if err != nil {
		return nil, err
	}
	return nil, c.decodeError(response, raw)
}

// readAnswer reads the body of an answer, up to maxAnswer bytes.
func (c *client) readAnswer(response *http.Response) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return raw, c.lost(err)
}

// listAll gathers the pages of a List operation into one answer.
func listAll[Out any](ctx context.Context, c *client, operation string, in any) (*Out, error) {
	all := new(Out)
	next := reflect.ValueOf(in).Elem().FieldByName("NextToken")
	for {
		page, _, err := call[Out](ctx, c, operation, in)
		if err != nil {
			return nil, err
		}
		from, to := reflect.ValueOf(page).Elem(), reflect.ValueOf(all).Elem()
		for i := range to.NumField() {
			if list := to.Field(i); list.Kind() == reflect.Slice {
				list.Set(reflect.AppendSlice(list, from.Field(i)))
			}
		}
		if next.Set(from.FieldByName("NextToken")); next.IsNil() {
			return all, nil
		}
	}
}

// await repeats a Get operation until its answer is the one waited for.
func await[Out any](ctx context.Context, c *client, operation string, in any, done func(*Out) bool) (out *Out,
	raw []byte, err error) {
	first, last, part := firstPoll, lastPoll, time.Duration(pollPart)
	switch operation {
	case "GetReferenceImportJob": // half the others' rate
		part /= 2
	case "GetShare": // it may be called once a second only
		first, last, part = 4*first, 4*last, part/8
	}
	for began := time.Now(); ; {
		out, raw, err = call[Out](ctx, c, operation, in)
		if err != nil || done(out) {
			return out, raw, err
		}
		if err := pause(ctx, min(max(time.Since(began)/part, first), last)); err != nil {
			return nil, nil, err
		}
	}
}

// awaitGone repeats a Get operation until there is nothing to get.
func awaitGone(ctx context.Context, c *client, operation string, in any) error {
	_, _, err := await(ctx, c, operation, in, func(*struct{}) bool { return false })
	if exitCode(err) == exitNotFound {
		return nil
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// later are the statuses of refusals that say to try again.
var later = []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}

// send sends a request, and sends it again later when the server refuses it for its rate or because it is busy.
func (c *client) send(ctx context.Context, method, target string, body []byte) (*http.Response, error) {
	backoff := firstBackoff
	for sends := 1; ; sends++ {
		response, err := c.sendOnce(ctx, method, target, body)
		if err != nil || sends == maxSends || !slices.Contains(later, response.StatusCode) {
			return response, err
		}
		response.Body.Close()
		if err := pause(ctx, backoff/2+rand.N(backoff/2)); err != nil {
			return nil, err
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

func (c *client) sendOnce(ctx context.Context, method, target string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.endpoint+target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	if err := sigv4.Sign(request, body, sigv4.Credentials{AccessKeyID: c.keyID, Secret: c.secret}, c.region, "omics",
		time.Now()); err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	response, err := c.http.Do(request)
	return response, c.lost(err)
}

// encodeRequest places the members of an In struct where their tags say: path, query or JSON body.
func encodeRequest(op omics.Operation, in any) (target string, body []byte, err error) {
	path := op.Path
	query := url.Values{}
	value := reflect.Indirect(reflect.ValueOf(in))
	hasBody := false
	for i := range value.NumField() {
		field := value.Type().Field(i)
		member := value.Field(i)
		if member.Kind() == reflect.Pointer {
			if member.IsNil() {
				hasBody = hasBody || field.Tag.Get("uri")+field.Tag.Get("query") == ""
				continue
			}
			member = member.Elem()
		}
		switch {
		case field.Tag.Get("uri") != "":
			path = strings.ReplaceAll(path, "{"+field.Tag.Get("uri")+"}", url.PathEscape(fmt.Sprint(member.Interface())))
		case field.Tag.Get("query") != "":
			if values, ok := member.Interface().([]string); ok {
				query[field.Tag.Get("query")] = values
			} else {
				query.Set(field.Tag.Get("query"), fmt.Sprint(member.Interface()))
			}
		default:
			hasBody = true
		}
	}
	if hasBody {
		if body, err = json.Marshal(in); err != nil {
			return "", nil, err
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, body, nil
}

func (c *client) decodeError(response *http.Response, raw []byte) error {
	code, _, _ := strings.Cut(response.Header.Get("X-Amzn-Errortype"), ":")
	var body struct {
		Message string `json:"message"`
	}
	if code == "" || json.Unmarshal(raw, &body) != nil {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	if response.StatusCode == http.StatusForbidden && code != string(omics.CodeAccessDenied) {
		return &omics.Error{Code: omics.CodeAccessDenied, Message: body.Message + c.whichKey(code)}
	}
	return &omics.Error{Code: omics.Code(code), Message: body.Message}
}

// whichKey says, behind a refusal of what a request was signed with, where that is from and what to do when it is
// wrong.
func (c *client) whichKey(code string) string {
	if code != "UnrecognizedClientException" && code != "InvalidSignatureException" || c.paths.dir == "" {
		return ""
	}
	return fmt.Sprintf("\nhint: key %s is profile %s of %s; if that is not the folder's, move the file away, and have it written with the "+
		"administrator's key: varlake access-key list --data %s", c.keyID, profile(), c.paths.credentials(), c.paths.dir)
}

// printJSON writes an answer's body, indented.
func printJSON(w io.Writer, raw []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "    "); err != nil {
		return fmt.Errorf("indent the answer: %w", err)
	}
	indented.WriteByte('\n')
	_, err := indented.WriteTo(w)
	return err
}

// errNoServer says that no server runs on a data folder.
var errNoServer = errors.New("no server is running")

// runtimeInfo is what a running server leaves in its data folder for the commands beside it.
type runtimeInfo struct {
	Endpoint string            `json:"endpoint"`
	PID      int               `json:"pid"`
	Private  bool              `json:"private,omitempty"` // inside a command, with which it ends
	Buckets  map[string]string `json:"buckets"`
}

func readRuntimeInfo(path string) (runtimeInfo, error) {
	var info runtimeInfo
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return info, errNoServer
	}
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(raw, &info); err != nil {
		return info, fmt.Errorf("read %s: %w", path, err)
	}
	return info, nil
}
