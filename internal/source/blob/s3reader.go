package blob

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// One connection seldom brings more than 100 MB/s, so a sequential read fetches several parts side by
// side. The first part is small, for those who only want to look at the start of an object.
const (
	firstPart   = 256 << 10 // bytes
	largestPart = 4 << 20   // bytes
	readAhead   = 4         // parts under way, or arrived, while one is being read
	buffers     = readAhead + 2
)

// part is a stretch of the object on its way.
type part struct {
	bytes []byte
	err   error
	done  chan struct{} // closed when bytes and err are final
}

// s3Reader hands out parts in order.
type s3Reader struct {
	object *s3Object
	ctx    context.Context
	cancel context.CancelCauseFunc
	unlink func() bool // undoes the tie to the object's own context

	start   int64
	begin   sync.Once
	parts   chan *part  // in order; its capacity bounds what is under way
	free    chan []byte // buffers to use again
	running sync.WaitGroup

	current []byte // unread bytes of whole
	whole   []byte
	err     error // sticky
}

// Reader implements Object. Nothing is asked for before the first Read.
func (o *s3Object) Reader(ctx context.Context, offset int64) io.ReadCloser {
	r := &s3Reader{
		object: o,
		start:  offset,
		parts:  make(chan *part, readAhead),
		free:   make(chan []byte, buffers),
	}
	if offset < 0 {
		r.err = fmt.Errorf("read %s: negative offset %d", o.uri, offset)
	}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.unlink = context.AfterFunc(o.ctx, func() { r.cancel(context.Cause(o.ctx)) })
	return r
}

func (r *s3Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.err == nil {
		r.begin.Do(func() { r.running.Go(r.schedule) })
	}
	for len(r.current) == 0 && r.err == nil {
		r.err = r.next()
	}
	if len(r.current) == 0 {
		return 0, r.err
	}
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n := copy(p, r.current)
	r.current = r.current[n:]
	return n, nil
}

// next waits for the next part.
func (r *s3Reader) next() error {
	if r.whole != nil {
		r.free <- r.whole // never blocks: queued, next in line and being read make no more than its capacity
		r.whole = nil
	}
	select {
	case p, ok := <-r.parts:
		if !ok {
			if r.ctx.Err() != nil {
				return context.Cause(r.ctx)
			}
			return io.EOF
		}
		select {
		case <-p.done:
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
		if p.err != nil {
			r.cancel(p.err)
			return p.err
		}
		r.whole, r.current = p.bytes, p.bytes
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}

// schedule starts the fetching of parts, as many at a time as the channel has room for.
func (r *s3Reader) schedule() {
	defer close(r.parts)
	size := int64(firstPart)
	for off := r.start; off < r.object.size; {
		p := &part{bytes: r.buffer(min(size, r.object.size-off)), done: make(chan struct{})}
		select {
		case r.parts <- p:
		case <-r.ctx.Done():
			return
		}
		from := off
		r.running.Go(func() {
			defer close(p.done)
			p.err = r.object.fetch(r.ctx, p.bytes, from)
		})
		off += int64(len(p.bytes))
		size = min(2*size, largestPart)
	}
}

func (r *s3Reader) buffer(size int64) []byte {
	select {
	case b := <-r.free:
		if int64(cap(b)) >= size {
			return b[:size]
		}
	default:
	}
	return make([]byte, size)
}

// Close ends what is under way and waits for it.
func (r *s3Reader) Close() error {
	r.cancel(fs.ErrClosed)
	r.unlink()
	r.running.Wait()
	return nil
}
