// Package blobtest holds what tests of object storage need: a real S3-compatible server on loopback, and
// one suite that every blob.Store must pass.
package blobtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/varlake/varlake/internal/source/blob"
)

const (
	buildDeadline = 9 * time.Minute // the first build of the server takes a minute of a quiet machine
	startDeadline = 2 * time.Minute
	startAttempts = 3
	region        = "us-east-1"
)

// Server is a running versitygw over a folder of the test. Its root account is AccessKey.
type Server struct {
	Endpoint  string // http://127.0.0.1:port
	AccessKey string
	SecretKey string

	client  *s3.Client
	buckets atomic.Int64 // made by NewBucket
	users   atomic.Int64 // made by NewUser
}

// StartS3 starts a server that ends with the test. Where it cannot be built or started the test is
// skipped, or fails if the environment variable CI is set.
func StartS3(t testing.TB) *Server {
	t.Helper()
	program, err := buildServer()
	if err != nil {
		unable(t, err)
	}
	for range startAttempts {
		var address string
		if address, err = freeAddress(); err != nil {
			break
		}
		var server *Server
		if server, err = start(t, program, address); err == nil {
			return server
		}
	}
	unable(t, err)
	return nil
}

// unable ends a test that has no server.
func unable(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("no S3 server to test with: %v", err)
	}
	t.Skipf("skipped: no S3 server to test with: %v", err)
}

// buildServer builds versitygw as tools/go.mod pins it, into Go's build cache, and returns its path.
var buildServer = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildDeadline)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "tool", "-modfile=tools/go.mod", "-n", "versitygw")
	command.Dir = root
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("build versitygw: %w: %s", err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out)), nil
})

// moduleRoot finds the folder of tools/go.mod at or above the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "tools", "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find tools/go.mod: not at or above the working directory")
		}
		dir = parent
	}
}

// start starts a server at an address that was free. Another program may have taken it since: so the root account is
// one that only this server knows.
func start(t testing.TB, program, address string) (*Server, error) {
	t.Helper()
	server := &Server{Endpoint: "http://" + address, AccessKey: "root-" + rand.Text(), SecretKey: rand.Text()}
	server.client = s3.New(s3.Options{
		BaseEndpoint: &server.Endpoint,
		Region:       region,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(server.AccessKey, server.SecretKey, ""),
	})
	// Sidecar files: a temporary folder may lie on a file system without extended attributes.
	data, meta, users := t.TempDir(), t.TempDir(), t.TempDir()
	command := exec.Command(program, "--port", address, "--region", region, "--quiet", "--iam-dir", users, "posix",
		"--sidecar", meta, data)
	command.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+server.AccessKey, "ROOT_SECRET_KEY="+server.SecretKey)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	dieWithParent(command)

	exited := make(chan error, 1)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the parent of dieWithParent is a thread; never unlocked, it ends here
		err := command.Start()
		started <- err
		if err == nil {
			exited <- command.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start versitygw: %w", err)
	}
	if err := awaitAnswer(server.client, exited); err != nil {
		_ = command.Process.Kill()
		<-exited
		return nil, fmt.Errorf("start versitygw: %w: %s", err, output.Bytes())
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-exited
	})
	return server, nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// awaitAnswer polls until the server takes its root account, ends, or the deadline passes.
func awaitAnswer(client *s3.Client, exited chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startDeadline)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := client.ListBuckets(ctx, nil, func(o *s3.Options) { o.RetryMaxAttempts = 1 })
		if err == nil {
			return nil
		}
		select {
		case err := <-exited:
			exited <- err // for the caller
			return fmt.Errorf("it ended: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("no answer within %v: %w", startDeadline, err)
		case <-tick.C:
		}
	}
}

// Config returns the configuration of a store that uses the server as its root account.
func (s *Server) Config() blob.S3Config {
	return blob.S3Config{Endpoint: s.Endpoint, Region: region, PathStyle: true, AccessKey: s.AccessKey,
		SecretKey: s.SecretKey}
}

// MakeBucket creates a bucket.
func (s *Server) MakeBucket(t testing.TB, bucket string) {
	t.Helper()
	if _, err := s.client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatalf("make bucket %s: %v", bucket, err)
	}
}

// NewBucket creates a bucket with a name of its own and returns the name.
func (s *Server) NewBucket(t testing.TB) string {
	t.Helper()
	bucket := fmt.Sprintf("bucket-%d", s.buckets.Add(1))
	s.MakeBucket(t, bucket)
	return bucket
}

// Put writes an object.
func (s *Server) Put(t testing.TB, bucket, key string, data []byte) {
	t.Helper()
	input := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)}
	if _, err := s.client.PutObject(context.Background(), input); err != nil {
		t.Fatalf("put s3://%s/%s: %v", bucket, key, err)
	}
}

// Delete removes an object.
func (s *Server) Delete(t testing.TB, bucket, key string) {
	t.Helper()
	if _, err := s.client.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket,
		Key: &key}); err != nil {
		t.Fatalf("delete s3://%s/%s: %v", bucket, key, err)
	}
}
