package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/source/blob/blobtest"
)

func TestS3Denied(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	server.Put(t, bucket, "k", []byte("text"))
	uri := "s3://" + bucket + "/k"

	wrong := server.Config()
	wrong.SecretKey = "wrong"
	anonymous := blob.S3Config{Endpoint: server.Endpoint, PathStyle: true, Anonymous: true}
	for name, cfg := range map[string]blob.S3Config{"wrong secret": wrong, "no credentials": anonymous} {
		store := newS3(t, cfg)
		_, err := store.Open(t.Context(), uri)
		if !errors.Is(err, blob.ErrDenied) || err.Error() != uri+": access denied" {
			t.Errorf("%s: open: %v", name, err)
		}
		for _, err := range store.List(t.Context(), uri) {
			if !errors.Is(err, blob.ErrDenied) {
				t.Errorf("%s: list: %v", name, err)
			}
		}
	}
}

// TestS3DefaultChain lets the SDK find, or not find, credentials in the environment.
func TestS3DefaultChain(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	server.Put(t, bucket, "k", []byte("text"))
	uri := "s3://" + bucket + "/k"
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	none := newS3(t, blob.S3Config{Endpoint: server.Endpoint, PathStyle: true})
	_, err := none.Open(t.Context(), uri)
	if !errors.Is(err, blob.ErrDenied) || !strings.Contains(err.Error(), "no credentials") {
		t.Errorf("without credentials: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", server.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", server.SecretKey)
	if _, err := newS3(t, blob.S3Config{Endpoint: server.Endpoint, PathStyle: true}).Open(t.Context(), uri); err != nil {
		t.Errorf("with credentials of the environment: %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_S3", server.Endpoint)
	if _, err := newS3(t, blob.S3Config{PathStyle: true}).Open(t.Context(), uri); err != nil {
		t.Errorf("with the endpoint of the environment: %v", err)
	}
}

// TestS3Gone deletes an object between opening and reading.
func TestS3Gone(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	server.Put(t, bucket, "k", []byte("text"))
	object, err := newS3(t, server.Config()).Open(t.Context(), "s3://"+bucket+"/k")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	server.Delete(t, bucket, "k")
	if text, err := io.ReadAll(object.Reader(t.Context(), 0)); !errors.Is(err, blob.ErrChanged) {
		t.Errorf("read %q, error %v", text, err)
	}
}

// breaker is a TCP relay to the server that breaks connections off, as bad networks do.
type breaker struct {
	listener net.Listener
	cuts     atomic.Int64  // how many connections to break
	after    atomic.Int64  // bytes of answers that a connection to be broken carries
	hold     atomic.Bool   // a connection to be broken falls silent instead
	held     chan struct{} // receives when one has fallen silent
	relays   sync.WaitGroup
}

func newBreaker(t *testing.T, server *blobtest.Server) *breaker {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &breaker{listener: listener, held: make(chan struct{}, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		listener.Close()
		b.relays.Wait()
	})
	b.relays.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			b.relays.Go(func() { b.relay(ctx, client, strings.TrimPrefix(server.Endpoint, "http://")) })
		}
	})
	return b
}

func (b *breaker) relay(ctx context.Context, client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() { client.Close(); server.Close() })
	defer stop()
	b.relays.Go(func() {
		_, _ = io.Copy(server, client)
		server.Close()
	})
	if b.cuts.Add(-1) < 0 {
		_, _ = io.Copy(client, server)
		return
	}
	_, _ = io.CopyN(client, server, b.after.Load())
	if b.hold.Load() {
		b.held <- struct{}{}
		<-ctx.Done()
	}
}

func (b *breaker) config(server *blobtest.Server) blob.S3Config {
	cfg := server.Config()
	cfg.Endpoint = "http://" + b.listener.Addr().String()
	return cfg
}

func TestS3ResumesBrokenTransfers(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	data := blobtest.Noise(9 << 20)
	server.Put(t, bucket, "k", data)
	network := newBreaker(t, server)
	store := newS3(t, network.config(server))
	for _, after := range []int64{0, 100, 70_000, 200_000} { // before and within headers, within the body
		// Breaking the very first connections tries the opening as well.
		network.after.Store(after)
		network.cuts.Store(3)
		object, err := store.Open(t.Context(), "s3://"+bucket+"/k")
		if err != nil {
			t.Fatalf("cut after %d: %v", after, err)
		}
		network.cuts.Store(5)
		reader := object.Reader(t.Context(), 5)
		if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, data[5:]) {
			t.Errorf("cut after %d: read %d bytes, error %v", after, len(got), err)
		}
		reader.Close()
		object.Close()
	}
}

// TestS3ResumesStalledTransfers lets connections fall silent in the middle of an object.
func TestS3ResumesStalledTransfers(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	data := blobtest.Noise(3 << 20)
	server.Put(t, bucket, "k", data)
	network := newBreaker(t, server)
	network.hold.Store(true)
	network.after.Store(100_000)
	store := newS3(t, network.config(server))
	blob.SetStall(store, 200*time.Millisecond)
	network.cuts.Store(3) // one of them carries the opening, too short to be broken
	object, err := store.Open(t.Context(), "s3://"+bucket+"/k")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	reader := object.Reader(t.Context(), 0)
	defer reader.Close()
	if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes, error %v", len(got), err)
	}
	if len(network.held) == 0 {
		t.Error("no connection fell silent")
	}
}

func TestS3GivesUp(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	server.Put(t, bucket, "k", blobtest.Noise(1<<20))
	network := newBreaker(t, server)
	cfg := network.config(server)
	object, err := newS3(t, cfg).Open(t.Context(), "s3://"+bucket+"/k")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	network.after.Store(2000)
	network.cuts.Store(1 << 40)
	reopened, err := newS3(t, cfg).Open(t.Context(), "s3://"+bucket+"/k") // connections of its own
	if err != nil {
		t.Fatal(err)
	}
	defer reopened.Close()
	_, err = reopened.ReadAt(make([]byte, 1<<20), 0)
	if !errors.Is(err, blob.ErrUnavailable) || err.Error() != "s3://"+bucket+"/k: storage is unavailable" {
		t.Errorf("ReadAt: %v", err)
	}
}

// TestS3CancelSilence cancels a read while the server says nothing.
func TestS3CancelSilence(t *testing.T) {
	server := blobtest.StartS3(t)
	bucket := server.NewBucket(t)
	server.Put(t, bucket, "k", blobtest.Noise(1<<20))
	network := newBreaker(t, server)
	network.hold.Store(true)
	network.after.Store(10_000)
	network.cuts.Store(1 << 40)
	store := newS3(t, network.config(server))
	blob.SetStall(store, time.Hour) // so that nothing but the cancelling ends the read
	object, err := store.Open(t.Context(), "s3://"+bucket+"/k")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	cause := errors.New("cancelled by the user")
	ctx, cancel := context.WithCancelCause(t.Context())
	reader := object.Reader(ctx, 0)
	go func() {
		<-network.held
		cancel(cause)
	}()
	if _, err := io.ReadAll(reader); !errors.Is(err, cause) {
		t.Errorf("read: %v", err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

func TestS3Unreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	store := newS3(t, blob.S3Config{Endpoint: "http://" + address, PathStyle: true, AccessKey: "a", SecretKey: "b"})
	_, err = store.Open(t.Context(), "s3://bucket/k")
	if !errors.Is(err, blob.ErrUnavailable) || err.Error() != "s3://bucket/k: storage is unavailable" {
		t.Errorf("open: %v", err)
	}
}
