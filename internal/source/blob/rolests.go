package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Bounds on assuming a role.
const (
	stsAttempts = 4 // of one request, the first included
	stsTimeout  = 10 * time.Second
	stsDeadline = 45 * time.Second // of all attempts

	renewBefore   = 5 * time.Minute  // credentials expire
	renewAgain    = 30 * time.Second // after an attempt to renew that STS did not answer
	failureMemory = 30 * time.Second // in which a failure is repeated without asking again
)

func newSTSClient(base aws.Config, endpoint string) *sts.Client {
	base.Region = cmp.Or(base.Region, "us-east-1")
	return sts.NewFromConfig(base, func(o *sts.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		o.HTTPClient = followNothing(awshttp.NewBuildableClient().
			WithTimeout(stsTimeout).
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = stsTimeout }))
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = stsAttempts
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return backoff(attempt), nil
			})
		})
	})
}

// assumed provides the credentials of an assumed role. It lives inside an [aws.CredentialsCache], which
// calls it from one goroutine at a time. Its errors are *Error.
type assumed struct {
	settings   *stsSettings
	role       string
	session    string
	externalID string

	last     aws.Credentials // with the true time of expiry
	failed   error           // of the last attempt
	failedAt time.Time
}

func newAssumed(settings *stsSettings, role, session, externalID string) *aws.CredentialsCache {
	provider := &assumed{settings: settings, role: role, session: sessionName(session), externalID: externalID}
	return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
}

var (
	_ aws.CredentialsProvider                       = (*assumed)(nil)
	_ aws.HandleFailRefreshCredentialsCacheStrategy = (*assumed)(nil)
)

// Retrieve implements aws.CredentialsProvider.
func (a *assumed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if a.failed == nil || time.Since(a.failedAt) >= failureMemory {
		var got aws.Credentials
		if got, a.failed = a.ask(ctx); a.failed == nil {
			a.last = got
			return got, nil
		}
		a.failedAt = time.Now()
	}
	return aws.Credentials{}, a.failed // the thousand files of a job do not wait for a thousand time-outs
}

// ask assumes the role.
func (a *assumed) ask(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, stsDeadline)
	defer cancel()
	client := a.settings.client
	if _, err := client.Options().Credentials.Retrieve(ctx); err != nil {
		return aws.Credentials{}, a.unavailable("the server has no credentials for STS", err)
	}
	input := &sts.AssumeRoleInput{
		RoleArn:         &a.role,
		RoleSessionName: &a.session,
		DurationSeconds: aws.Int32(int32(a.settings.duration / time.Second)),
	}
	if a.externalID != "" {
		input.ExternalId = &a.externalID
	}
	output, err := client.AssumeRole(ctx, input)
	if err != nil {
		return aws.Credentials{}, a.wordError(err)
	}
	got := output.Credentials
	if got == nil || aws.ToString(got.AccessKeyId) == "" || aws.ToString(got.SecretAccessKey) == "" ||
		got.Expiration == nil {
		return aws.Credentials{}, a.unavailable("the answer of STS holds no credentials", nil)
	}
	return aws.Credentials{
		AccessKeyID: *got.AccessKeyId, SecretAccessKey: *got.SecretAccessKey, SessionToken: aws.ToString(got.SessionToken),
		Source: "AssumeRole", CanExpire: true, Expires: *got.Expiration,
	}, nil
}

// HandleFailToRefresh keeps credentials in use that are still valid when STS does not answer, so that
// an import outlives its short absences. A refusal counts at once.
func (a *assumed) HandleFailToRefresh(_ context.Context, _ aws.Credentials, err error) (aws.Credentials, error) {
	again := time.Now().Add(renewAgain)
	if !errors.Is(err, ErrUnavailable) || !a.last.HasKeys() || a.last.Expires.Before(again) {
		return aws.Credentials{}, err
	}
	kept := a.last
	kept.Expires = again.Add(renewBefore) // the cache takes renewBefore off
	return kept, nil
}

// wordError words an error of STS for users.
func (a *assumed) wordError(err error) error {
	var response *awshttp.ResponseError
	var api apiError
	status := 0
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	switch {
	case status == 0:
		return a.unavailable("STS did not answer", err)
	case status < http.StatusBadRequest:
		return a.unavailable("the answer of STS holds no credentials", err)
	case status >= http.StatusInternalServerError || classifier.IsErrorRetryable(err):
		return a.unavailable(fmt.Sprintf("STS answered %d", status), err)
	case errors.As(err, &api) && api.ErrorCode() != "UnknownError":
		return roleFailure(a.role, fmt.Sprintf("cannot be assumed: %s: %s", oneLine(api.ErrorCode(), 60),
			oneLine(api.ErrorMessage(), 300)), err)
	default: // a refusal that is not worded as AWS does
		return roleFailure(a.role, fmt.Sprintf("cannot be assumed: STS refused with status %d", status), err)
	}
}

// unavailable returns an error that may pass.
func (a *assumed) unavailable(words string, err error) error {
	return roleFailure(a.role, "cannot be assumed: "+words, errors.Join(ErrUnavailable, err))
}

// roleFailure returns an error whose text is the role and words.
func roleFailure(role, words string, err error) *Error {
	return &Error{Kind: ErrRole, Message: "Role " + oneLine(role, 200) + " " + words, Err: err}
}

// oneLine returns text without control characters, cut to a number of characters.
func oneLine(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

var notSession = regexp.MustCompile(`[^\w+=,.@-]`)

// sessionName makes the name of a session, such as a job's id, one that STS accepts: 2 to 64 characters.
func sessionName(name string) string {
	name = notSession.ReplaceAllString(name, "-")
	name = name[:min(len(name), 64)]
	if len(name) < 2 {
		return "varlake"
	}
	return name
}
