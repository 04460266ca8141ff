package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
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

// sdkInputs holds a well-formed request of each operation.
var sdkInputs = []any{
	&sdk.CreateReferenceStoreInput{Name: aws.String("references")},
	&sdk.GetReferenceStoreInput{Id: aws.String(storeID)},
	&sdk.ListReferenceStoresInput{},
	&sdk.DeleteReferenceStoreInput{Id: aws.String(storeID)},
	&sdk.StartReferenceImportJobInput{
		ReferenceStoreId: aws.String(storeID), RoleArn: aws.String(roleARN),
		Sources: []types.StartReferenceImportJobSourceItem{{Name: aws.String("hg38"),
			SourceFile: aws.String("s3://bucket/hg38.fa")}},
	},
	&sdk.GetReferenceImportJobInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(referenceID)},
	&sdk.ListReferenceImportJobsInput{ReferenceStoreId: aws.String(storeID)},
	&sdk.ListReferencesInput{ReferenceStoreId: aws.String(storeID)},
	&sdk.GetReferenceMetadataInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(referenceID)},
	&sdk.GetReferenceInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(referenceID), PartNumber: aws.Int32(1)},
	&sdk.DeleteReferenceInput{ReferenceStoreId: aws.String(storeID),
		Id: aws.String(referenceID)},
	&sdk.CreateVariantStoreInput{Name: aws.String("my_store"),
		Reference: &types.ReferenceItemMemberReferenceArn{Value: referenceARN}},
	&sdk.GetVariantStoreInput{Name: aws.String("my_store")},
	&sdk.UpdateVariantStoreInput{Name: aws.String("my_store"),
		Description: aws.String("new")},
	&sdk.DeleteVariantStoreInput{Name: aws.String("my_store")},
	&sdk.ListVariantStoresInput{},
	&sdk.StartVariantImportJobInput{
		DestinationName: aws.String("my_store"), RoleArn: aws.String(roleARN),
		Items: []types.VariantImportItemSource{{Source: aws.String("s3://bucket/a.vcf")}},
	},
	&sdk.GetVariantImportJobInput{JobId: aws.String(jobID)},
	&sdk.CancelVariantImportJobInput{JobId: aws.String(jobID)},
	&sdk.ListVariantImportJobsInput{},
	&sdk.CreateAnnotationStoreInput{
		Name: aws.String("my_store"), StoreFormat: types.StoreFormatVcf,
		Reference: &types.ReferenceItemMemberReferenceArn{Value: referenceARN},
	},
	&sdk.GetAnnotationStoreInput{Name: aws.String("my_store")},
	&sdk.UpdateAnnotationStoreInput{Name: aws.String("my_store"),
		Description: aws.String("new")},
	&sdk.DeleteAnnotationStoreInput{Name: aws.String("my_store")},
	&sdk.ListAnnotationStoresInput{},
	&sdk.CreateAnnotationStoreVersionInput{Name: aws.String("my_store"),
		VersionName: aws.String("v_2")},
	&sdk.GetAnnotationStoreVersionInput{Name: aws.String("my_store"),
		VersionName: aws.String("v_2")},
	&sdk.UpdateAnnotationStoreVersionInput{Name: aws.String("my_store"),
		VersionName: aws.String("v_2")},
	&sdk.DeleteAnnotationStoreVersionsInput{Name: aws.String("my_store"),
		Versions: []string{"v_2"}},
	&sdk.ListAnnotationStoreVersionsInput{Name: aws.String("my_store")},
	&sdk.StartAnnotationImportJobInput{
		DestinationName: aws.String("my_store"), RoleArn: aws.String(roleARN),
		Items: []types.AnnotationImportItemSource{{Source: aws.String("s3://bucket/a.vcf")}},
	},
	&sdk.GetAnnotationImportJobInput{JobId: aws.String(jobID)},
	&sdk.CancelAnnotationImportJobInput{JobId: aws.String(jobID)},
	&sdk.ListAnnotationImportJobsInput{},
	&sdk.CreateShareInput{ResourceArn: aws.String(storeARN),
		PrincipalSubscriber: aws.String(otherAccount)},
	&sdk.AcceptShareInput{ShareId: aws.String(shareID)},
	&sdk.GetShareInput{ShareId: aws.String(shareID)},
	&sdk.DeleteShareInput{ShareId: aws.String(shareID)},
	&sdk.ListSharesInput{ResourceOwner: types.ResourceOwnerSelf},
	&sdk.TagResourceInput{ResourceArn: aws.String(storeARN),
		Tags: map[string]string{"a:b": "c"}},
	// Names that sort differently before and after they are encoded.
	&sdk.UntagResourceInput{ResourceArn: aws.String(storeARN),
		TagKeys: []string{"a:b", "a-b", "a b", "é"}},
	&sdk.ListTagsForResourceInput{ResourceArn: aws.String(storeARN)},
}

// callSDK has AWS's client make the operation's request of sdkInputs.
func callSDK(ctx context.Context, c *sdk.Client, operation string) error {
	i := slices.IndexFunc(sdkInputs, func(in any) bool {
		return reflect.TypeOf(in).Elem().Name() == operation+"Input"
	})
	call := reflect.ValueOf(c).MethodByName(operation)
	switch {
	case !call.IsValid():
		return fmt.Errorf("AWS's client (aws-sdk-go-v2/service/omics) has no %s", operation)
	case i < 0:
		return fmt.Errorf("sdkInputs of sdk_test.go has no request of %s", operation)
	}
	answer := call.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(sdkInputs[i])})
	if err, _ := answer[1].Interface().(error); err != nil {
		return err
	}
	if out, ok := answer[0].Interface().(*sdk.GetReferenceOutput); ok {
		return out.Payload.Close()
	}
	return nil
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
			checkSDKError(t, o.Name, callSDK(context.Background(), client, o.Name), code, text)
			n++
		}
	}
	if n < len(omics.Operations)*5 {
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
			err := callSDK(context.Background(), newSDKClient(s.URL, test.change), o.Name)
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
