package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// User is an account of a Server, beside its root account.
type User struct{ AccessKey, SecretKey string }

// NewUser makes an account that may read nothing yet, through versitygw's administration API.
func (s *Server) NewUser(t testing.TB) User {
	t.Helper()
	number := s.users.Add(1)
	user := User{AccessKey: fmt.Sprintf("test-user-%d", number), SecretKey: fmt.Sprintf("test-user-secret-%d", number)}
	body, err := xml.Marshal(struct {
		XMLName              xml.Name `xml:"Account"`
		Access, Secret, Role string
	}{Access: user.AccessKey, Secret: user.SecretKey, Role: "user"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, s.Endpoint+"/create-user", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(body))
	request.Header.Set("X-Amz-Content-Sha256", digest)
	root := aws.Credentials{AccessKeyID: s.AccessKey, SecretAccessKey: s.SecretKey}
	if err := v4.NewSigner().SignHTTP(ctx, root, request, digest, "s3", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("make user: %v", err)
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("make user: %s: %s, error %v", response.Status, answer, err)
	}
	return user
}

// Allow lets a user, and no other, read and list a bucket.
func (s *Server) Allow(t testing.TB, bucket string, user User) {
	t.Helper()
	policy, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []map[string]any{{
			"Effect":    "Allow",
			"Principal": user.AccessKey,
			"Action":    []string{"s3:GetObject", "s3:ListBucket"},
			"Resource":  []string{"arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	input := &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(string(policy))}
	if _, err := s.client.PutBucketPolicy(context.Background(), input); err != nil {
		t.Fatalf("allow %s to read %s: %v", user.AccessKey, bucket, err)
	}
}
