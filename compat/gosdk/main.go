// Command gosdk lets the conformance tests call aws-sdk-go-v2: a line of JSON
// on standard input is one call, a line on standard output its outcome. See
// compat/lib/conformance/clients.py, which starts it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sdk "github.com/aws/aws-sdk-go-v2/service/omics"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// request is one line of input. Do is call, pages or wait.
type request struct {
	Do, Name string
	Input    map[string]any
	Endpoint string
	Region   string
	Key      string
	Secret   string
	Attempts int     // more than one lets the SDK try again by itself
	Size     int32   // pages: of a page; 0 leaves it to the server
	Delay    float64 // wait: seconds between two looks
	Seconds  float64 // wait: altogether
}

// outcome is one line of output: one of its members is set.
type outcome struct {
	Answer any     `json:"answer,omitempty"`
	Pages  []any   `json:"pages,omitempty"`
	Ends   string  `json:"ends,omitempty"` // success, failure or timeout
	Error  *apiErr `json:"error,omitempty"`
	Fault  string  `json:"fault,omitempty"` // no answer of the server's
}

type apiErr struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Status  int    `json:"status"`
	Type    string `json:"type"` // the SDK's own type for it
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var r request
		if err == nil {
			err = json.Unmarshal(line, &r)
		}
		result := outcome{}
		if err == nil {
			result, err = do(context.Background(), r)
		}
		if err != nil {
			result = failed(err)
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, "gosdk:", err)
			os.Exit(1)
		}
	}
}

func do(ctx context.Context, r request) (outcome, error) {
	client := newClient(r)
	switch r.Do {
	case "call":
		answer, err := call(ctx, client, r.Name, r.Input)
		if err != nil {
			return outcome{}, err
		}
		shown, err := show(reflect.ValueOf(answer).Elem())
		return outcome{Answer: shown}, err
	case "pages":
		next, ok := paginators[r.Name]
		if !ok {
			return outcome{}, fmt.Errorf("no paginator of %s", r.Name)
		}
		pages, err := next(ctx, client, r)
		return outcome{Pages: pages}, err
	case "wait":
		wait, ok := waiters[r.Name]
		if !ok {
			return outcome{}, fmt.Errorf("no waiter %s", r.Name)
		}
		return ended(wait(ctx, client, r))
	}
	return outcome{}, fmt.Errorf("do what? %q", r.Do)
}

func newClient(r request) *sdk.Client {
	o := sdk.Options{
		Region:       r.Region,
		BaseEndpoint: &r.Endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: r.Key, SecretAccessKey: r.Secret}, nil
		}),
		Retryer:    aws.NopRetryer{},
		APIOptions: []func(*middleware.Stack) error{noHostPrefix, plainBody},
	}
	if r.Attempts > 1 {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = r.Attempts })
	}
	return sdk.New(o)
}

func noHostPrefix(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("NoHostPrefix",
		func(ctx context.Context, in middleware.InitializeInput,
			next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
}

// plainBody hides the WriteTo of a request's body. smithy-go 1.28 closes the
// body when the answer's head is there, and its WriteTo then says io.EOF, which
// net/http takes for a failed write: it closes the connection under the
// answer's reader. A server on the same machine is fast enough for that.
func plainBody(stack *middleware.Stack) error {
	return stack.Build.Add(middleware.BuildMiddlewareFunc("PlainBody",
		func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (out middleware.BuildOutput,
			md middleware.Metadata, err error) {
			if request, ok := in.Request.(*smithyhttp.Request); ok {
				if body, ok := request.GetStream().(io.ReadSeeker); ok {
					if in.Request, err = request.SetStream(struct{ io.ReadSeeker }{body}); err != nil {
						return out, md, err
					}
				}
			}
			return next.HandleBuild(ctx, in)
		}), middleware.Before)
}

// call finds the operation's method by its name.
func call(ctx context.Context, client *sdk.Client, name string, input map[string]any) (any, error) {
	method := reflect.ValueOf(client).MethodByName(name)
	if !method.IsValid() {
		return nil, fmt.Errorf("no operation %s", name)
	}
	in := reflect.New(method.Type().In(1).Elem())
	if err := fill(in.Elem(), input, name); err != nil {
		return nil, err
	}
	got := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	err, _ := got[1].Interface().(error)
	return got[0].Interface(), err
}

func failed(err error) outcome {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return outcome{Fault: err.Error()}
	}
	e := &apiErr{Code: api.ErrorCode(), Message: api.ErrorMessage(),
		Type: strings.TrimPrefix(fmt.Sprintf("%T", api), "*types.")}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		e.Status = response.HTTPStatusCode()
	}
	return outcome{Error: e}
}

// ended says how a waiter ended. Waiters tell by words alone.
func ended(err error) (outcome, error) {
	switch {
	case err == nil:
		return outcome{Ends: "success"}, nil
	case strings.Contains(err.Error(), "waiter state transitioned to Failure"):
		return outcome{Ends: "failure"}, nil
	case strings.Contains(err.Error(), "exceeded max wait time"):
		return outcome{Ends: "timeout"}, nil
	}
	return outcome{}, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
