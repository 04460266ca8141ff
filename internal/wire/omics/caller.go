package omics

import "context"

// Caller is who signed a request. The zero value is nobody.
type Caller struct {
	Account string // 12 digits
	Region  string // region of the signature
	KeyID   string // access key id
	ARN     string // principal, for policies and messages
}

type callerKey struct{}

// WithCaller gives a context that carries the caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom gives the context's caller, the zero Caller when it has none.
func CallerFrom(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
