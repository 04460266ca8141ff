package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	sdk "github.com/aws/aws-sdk-go-v2/service/omics"
	"github.com/aws/aws-sdk-go-v2/service/omics/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/varlake/varlake/internal/wire/omics"
)

// newSDKClient makes AWS's own client of a server. It does not retry, so that
// a test sees each answer once.
func newSDKClient(url string, change ...func(*sdk.Options)) *sdk.Client {
	o := sdk.Options{
		Region:       testRegion,
		BaseEndpoint: &url,
		Retryer:      aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret}, nil
		}),
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("NoHostPrefix",
				func(ctx context.Context, in middleware.InitializeInput,
					next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
					return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
				}), middleware.Before)
		}},
	}
	return sdk.New(o, change...)
}

const (
	referenceID  = "0987654321"
	referenceARN = "arn:aws:omics:us-east-1:123456789012:referenceStore/1234567890/reference/0987654321"
	storeARN     = "arn:aws:omics:us-east-1:123456789012:variantStore/my_store"
	shareID      = "495c21bedc889d07d0ab69d710a6841e-dd75ab7a1a9c384fa848b5bd8e5a7e0a"
	otherAccount = "210987654321"
)

// sdkCalls makes one well-formed call of each operation.
var sdkCalls = map[string]func(context.Context, *sdk.Client) error{
	"CreateReferenceStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CreateReferenceStore(ctx, &sdk.CreateReferenceStoreInput{Name: aws.String("references")})
		return err
	},
	"GetReferenceStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetReferenceStore(ctx, &sdk.GetReferenceStoreInput{Id: aws.String(storeID)})
		return err
	},
	"ListReferenceStores": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListReferenceStores(ctx, &sdk.ListReferenceStoresInput{})
		return err
	},
	"DeleteReferenceStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.DeleteReferenceStore(ctx, &sdk.DeleteReferenceStoreInput{Id: aws.String(storeID)})
		return err
	},
	"StartReferenceImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.StartReferenceImportJob(ctx, &sdk.StartReferenceImportJobInput{
			ReferenceStoreId: aws.String(storeID), RoleArn: aws.String(roleARN),
			Sources: []types.StartReferenceImportJobSourceItem{{Name: aws.String("hg38"),
				SourceFile: aws.String("s3://bucket/hg38.fa")}},
		})
		return err
	},
	"GetReferenceImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetReferenceImportJob(ctx, &sdk.GetReferenceImportJobInput{ReferenceStoreId: aws.String(storeID),
			Id: aws.String(referenceID)})
		return err
	},
	"ListReferenceImportJobs": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListReferenceImportJobs(ctx, &sdk.ListReferenceImportJobsInput{ReferenceStoreId: aws.String(storeID)})
		return err
	},
	"ListReferences": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListReferences(ctx, &sdk.ListReferencesInput{ReferenceStoreId: aws.String(storeID)})
		return err
	},
	"GetReferenceMetadata": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetReferenceMetadata(ctx, &sdk.GetReferenceMetadataInput{ReferenceStoreId: aws.String(storeID),
			Id: aws.String(referenceID)})
		return err
	},
	"GetReference": func(ctx context.Context, c *sdk.Client) error {
		out, err := c.GetReference(ctx, &sdk.GetReferenceInput{ReferenceStoreId: aws.String(storeID),
			Id: aws.String(referenceID), PartNumber: aws.Int32(1)})
		if err == nil {
			err = out.Payload.Close()
		}
		return err
	},
	"DeleteReference": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.DeleteReference(ctx, &sdk.DeleteReferenceInput{ReferenceStoreId: aws.String(storeID),
			Id: aws.String(referenceID)})
		return err
	},
	"CreateVariantStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CreateVariantStore(ctx, &sdk.CreateVariantStoreInput{Name: aws.String("my_store"),
			Reference: &types.ReferenceItemMemberReferenceArn{Value: referenceARN}})
		return err
	},
	"GetVariantStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetVariantStore(ctx, &sdk.GetVariantStoreInput{Name: aws.String("my_store")})
		return err
	},
	"UpdateVariantStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.UpdateVariantStore(ctx, &sdk.UpdateVariantStoreInput{Name: aws.String("my_store"),
			Description: aws.String("new")})
		return err
	},
	"DeleteVariantStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.DeleteVariantStore(ctx, &sdk.DeleteVariantStoreInput{Name: aws.String("my_store")})
		return err
	},
	"ListVariantStores": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListVariantStores(ctx, &sdk.ListVariantStoresInput{})
		return err
	},
	"StartVariantImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.StartVariantImportJob(ctx, &sdk.StartVariantImportJobInput{
			DestinationName: aws.String("my_store"), RoleArn: aws.String(roleARN),
			Items: []types.VariantImportItemSource{{Source: aws.String("s3://bucket/a.vcf")}},
		})
		return err
	},
	"GetVariantImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetVariantImportJob(ctx, &sdk.GetVariantImportJobInput{JobId: aws.String(jobID)})
		return err
	},
	"CancelVariantImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CancelVariantImportJob(ctx, &sdk.CancelVariantImportJobInput{JobId: aws.String(jobID)})
		return err
	},
	"ListVariantImportJobs": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListVariantImportJobs(ctx, &sdk.ListVariantImportJobsInput{})
		return err
	},
	"CreateAnnotationStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CreateAnnotationStore(ctx, &sdk.CreateAnnotationStoreInput{
			Name: aws.String("my_store"), StoreFormat: types.StoreFormatVcf,
			Reference: &types.ReferenceItemMemberReferenceArn{Value: referenceARN},
		})
		return err
	},
	"GetAnnotationStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetAnnotationStore(ctx, &sdk.GetAnnotationStoreInput{Name: aws.String("my_store")})
		return err
	},
	"UpdateAnnotationStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.UpdateAnnotationStore(ctx, &sdk.UpdateAnnotationStoreInput{Name: aws.String("my_store"),
			Description: aws.String("new")})
		return err
	},
	"DeleteAnnotationStore": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.DeleteAnnotationStore(ctx, &sdk.DeleteAnnotationStoreInput{Name: aws.String("my_store")})
		return err
	},
	"ListAnnotationStores": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListAnnotationStores(ctx, &sdk.ListAnnotationStoresInput{})
		return err
	},
	"CreateAnnotationStoreVersion": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CreateAnnotationStoreVersion(ctx, &sdk.CreateAnnotationStoreVersionInput{Name: aws.String("my_store"),
			VersionName: aws.String("v_2")})
		return err
	},
	"GetAnnotationStoreVersion": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetAnnotationStoreVersion(ctx, &sdk.GetAnnotationStoreVersionInput{Name: aws.String("my_store"),
			VersionName: aws.String("v_2")})
		return err
	},
	"UpdateAnnotationStoreVersion": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.UpdateAnnotationStoreVersion(ctx, &sdk.UpdateAnnotationStoreVersionInput{Name: aws.String("my_store"),
			VersionName: aws.String("v_2")})
		return err
	},
	"DeleteAnnotationStoreVersions": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.DeleteAnnotationStoreVersions(ctx, &sdk.DeleteAnnotationStoreVersionsInput{Name: aws.String("my_store"),
			Versions: []string{"v_2"}})
		return err
	},
	"ListAnnotationStoreVersions": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListAnnotationStoreVersions(ctx, &sdk.ListAnnotationStoreVersionsInput{Name: aws.String("my_store")})
		return err
	},
	"StartAnnotationImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.StartAnnotationImportJob(ctx, &sdk.StartAnnotationImportJobInput{
			DestinationName: aws.String("my_store"), RoleArn: aws.String(roleARN),
			Items: []types.AnnotationImportItemSource{{Source: aws.String("s3://bucket/a.vcf")}},
		})
		return err
	},
	"GetAnnotationImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetAnnotationImportJob(ctx, &sdk.GetAnnotationImportJobInput{JobId: aws.String(jobID)})
		return err
	},
	"CancelAnnotationImportJob": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CancelAnnotationImportJob(ctx, &sdk.CancelAnnotationImportJobInput{JobId: aws.String(jobID)})
		return err
	},
	"ListAnnotationImportJobs": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListAnnotationImportJobs(ctx, &sdk.ListAnnotationImportJobsInput{})
		return err
	},
	"CreateShare": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.CreateShare(ctx, &sdk.CreateShareInput{ResourceArn: aws.String(storeARN),
			PrincipalSubscriber: aws.String(otherAccount)})
		return err
	},
	"AcceptShare": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.AcceptShare(ctx, &sdk.AcceptShareInput{ShareId: aws.String(shareID)})
		return err
	},
	"GetShare": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.GetShare(ctx, &sdk.GetShareInput{ShareId: aws.String(shareID)})
		return err
	},
	"DeleteShare": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.DeleteShare(ctx, &sdk.DeleteShareInput{ShareId: aws.String(shareID)})
		return err
	},
	"ListShares": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListShares(ctx, &sdk.ListSharesInput{ResourceOwner: types.ResourceOwnerSelf})
		return err
	},
	"TagResource": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: aws.String(storeARN),
			Tags: map[string]string{"a:b": "c"}})
		return err
	},
	"UntagResource": func(ctx context.Context, c *sdk.Client) error {
		// Names that sort differently before and after they are encoded.
		_, err := c.UntagResource(ctx, &sdk.UntagResourceInput{ResourceArn: aws.String(storeARN),
			TagKeys: []string{"a:b", "a-b", "a b", "é"}})
		return err
	},
	"ListTagsForResource": func(ctx context.Context, c *sdk.Client) error {
		_, err := c.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceArn: aws.String(storeARN)})
		return err
	},
}

// checkSDKError wants the SDK to have made the code's own Go type of it.
func checkSDKError(t *testing.T, what string, err error, code omics.Code, text string) {
	t.Helper()
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Errorf("%s: error is %v, want %s", what, err, code)
		return
	}
	if got := fmt.Sprintf("%T", api); got != "*types."+string(code) || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("%s: got %s %q, want %s with %q", what, got, api.ErrorMessage(), code, text)
	}
	if response.HTTPStatusCode() != code.HTTPStatus() || !requestID.MatchString(response.ServiceRequestID()) {
		t.Errorf("%s: status %d, request id %q", what, response.HTTPStatusCode(), response.ServiceRequestID())
	}
}

// TestSDKKnowsEveryListedError: each error that the model lists for each
// operation reaches the SDK's caller as what it is.
func TestSDKKnowsEveryListedError(t *testing.T) {
	var next *omics.Error
	var list []Route
	for _, r := range routes(nil) {
		r.serve = func(*exchange, *Route, request) error { return next }
		list = append(list, r)
	}
	s := newRawServer(t, nil, list...)
	client := newSDKClient(s.URL)
	n := 0
	for _, o := range omics.Operations {
		for _, code := range o.Errors {
			next = &omics.Error{Code: code, Message: "words for the caller, é"}
			text := next.Message
			if code == omics.CodeInternalServer {
				text = "Request ID: "
			}
			checkSDKError(t, o.Name, sdkCalls[o.Name](context.Background(), client), code, text)
			n++
		}
	}
	if n < 42*5 {
		t.Errorf("only %d errors were made", n)
	}
}

// TestSDKSeesRefusals: the SDK's caller is told which part of signing in failed.
func TestSDKSeesRefusals(t *testing.T) {
	s := newRawServer(t, nil, routes(nil)...)
	credentials := func(id, secret, token string) func(*sdk.Options) {
		return func(o *sdk.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
			})
		}
	}
	tests := []struct {
		name   string
		change func(*sdk.Options)
		code   string
	}{
		{"anonymous", func(o *sdk.Options) { o.Credentials = aws.AnonymousCredentials{} },
			"MissingAuthenticationTokenException"},
		{"key of nobody", credentials("AKIANOBODY", testSecret, ""), "UnrecognizedClientException"},
		{"wrong secret", credentials(testKeyID, "guess", ""), "InvalidSignatureException"},
		{"session token", credentials(testKeyID, testSecret, "token"), "UnrecognizedClientException"},
		{"other region", func(o *sdk.Options) { o.Region = "eu-west-1" }, "InvalidSignatureException"},
	}
	for _, test := range tests {
		for _, o := range omics.Operations {
			err := sdkCalls[o.Name](context.Background(), newSDKClient(s.URL, test.change))
			var api smithy.APIError
			var response *awshttp.ResponseError
			if !errors.As(err, &api) || !errors.As(err, &response) || api.ErrorCode() != test.code ||
				response.HTTPStatusCode() != 403 {
				t.Errorf("%s, %s: error is %v, want %s", test.name, o.Name, err, test.code)
			}
		}
	}
}

// TestSDKSeesTimeout: a body that does not arrive in time is the model's own error.
func TestSDKSeesTimeout(t *testing.T) {
	var log logBuffer
	h := newHandler(testConfig(&log), routes(nil))
	h.bodyTimeout = -1 << 40 // has passed before the body is looked at
	server := httptest.NewServer(h)
	defer server.Close()
	tags := map[string]string{}
	for i := range 50 { // more than the server has buffered by then
		tags[fmt.Sprint(i)] = strings.Repeat("x", 256)
	}
	_, err := newSDKClient(server.URL).CreateReferenceStore(context.Background(),
		&sdk.CreateReferenceStoreInput{Name: aws.String("references"), Tags: tags})
	checkSDKError(t, "CreateReferenceStore", err, omics.CodeRequestTimeout, "did not arrive in time")
}
