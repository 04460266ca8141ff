package slot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Limits bound what results take that were made and not read yet, in bytes. The zero value of a field means the default
// beside it.
type Limits struct {
	Result  int64 // of one result; 4 GiB
	Account int64 // of an account's results together; 8 GiB
	Total   int64 // of all; 16 GiB
}

func (l Limits) withDefaults() Limits {
	if l.Result <= 0 {
		l.Result = 4 << 30
	}
	if l.Account <= 0 {
		l.Account = 8 << 30
	}
	if l.Total <= 0 {
		l.Total = 16 << 30
	}
	return l
}

// ErrUnread is the end of a result whose unread part had reached its bound when another needed its place.
var ErrUnread = errors.New("the result is read more slowly than it comes and its unread part has reached its bound " +
	"(--query-spill, --query-spill-account or --query-spill-total, or the disk's), while others wait for the engine")

const (
	spillMemory  = 1 << 20  // bytes of an unread result in memory; what is beyond is in files
	spillPart    = 64 << 20 // bytes of one file, which is given back when it was read
	spillSegment = 64 << 10 // bytes of one piece in memory
)

// Spill holds results between those who make them and those who read them, so that the engine is free however slowly a
// result is read. Its files have no name, so that nothing of it outlives the process. Safe for concurrent use.
type Spill struct {
	dir    string // empty: memory only
	limits Limits

	mu       sync.Mutex
	total    int64
	accounts map[string]int64
	freed    chan struct{} // closed, and replaced, when bytes were read
}

// NewSpill makes a spill whose files are in dir.
func NewSpill(dir string, limits Limits) *Spill {
	return &Spill{dir: dir, limits: limits.withDefaults(), accounts: map[string]int64{}, freed: make(chan struct{})}
}

// whenFreed gives a channel that is closed when bytes are given back.
func (s *Spill) whenFreed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.freed
}

// take counts n bytes of an account of whose result own are unread, unless they are too many.
func (s *Spill) take(account string, own, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// What fits in memory is always taken: a small result never waits for others'.
	if own > spillMemory && (own+n > s.limits.Result || s.accounts[account]+n > s.limits.Account ||
		s.total+n > s.limits.Total) {
		return false
	}
	s.total += n
	s.accounts[account] += n
	return true
}

func (s *Spill) give(account string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total -= n
	if s.accounts[account] -= n; s.accounts[account] == 0 {
		delete(s.accounts, account)
	}
	close(s.freed)
	s.freed = make(chan struct{})
}

// Unread gives the bytes that were made and not read yet.
func (s *Spill) Unread() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Result is one result on its way: one goroutine writes it, another reads it.
type Result struct {
	spill   *Spill
	account string
	turns   *Turns          // whose place the writer holds; may be nil
	ctx     context.Context // the reader's
	work    context.Context // the writer's
	over    error           // the writer's end while it rested

	mu       sync.Mutex
	segments []*segment
	memory   int64 // bytes of segments in memory
	unread   int64
	made     int64         // bytes written in all
	rested   bool          // the writer has had to wait for the reader
	broken   error         // why files cannot be written
	finished bool          // with err
	err      error         // what Read gives at the end
	changed  chan struct{} // closed, and replaced, when something was written or the end came
}

// segment is a piece of a result: in memory, or a file without a name.
type segment struct {
	memory []byte
	file   *os.File
	size   int64 // bytes written
	read   int64 // bytes read
}

// NewResult begins a result of an account. ctx ends it for both sides, work for the writer. Of turns, unless nil, the
// writer holds a place, which it gives up when it has to wait for the reader and another waits for a place.
func (s *Spill) NewResult(ctx, work context.Context, account string, turns *Turns) *Result {
	return &Result{spill: s, account: account, turns: turns, ctx: ctx, work: work, changed: make(chan struct{})}
}

// Write adds to the result. It waits for the reader while the unread part is at its bound, and fails with ErrUnread
// when another needs the writer's place meanwhile.
func (r *Result) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		part := p[written:min(len(p), written+spillSegment)]
		if err := r.room(int64(len(part))); err != nil {
			return written, err
		}
		if err := r.append(part); err != nil {
			return written, err
		}
		written += len(part)
	}
	return written, nil
}

// room waits until n bytes may be added. A writer that it has given an error is to end.
func (r *Result) room(n int64) (err error) {
	if r.over != nil {
		return r.over
	}
	var wanted <-chan struct{}
	for {
		if err := cmp.Or(r.ctx.Err(), r.work.Err()); err != nil {
			return err
		}
		freed := r.spill.whenFreed() // before the look, so that nothing is missed
		r.mu.Lock()
		own, full, gone := r.unread, r.broken != nil && r.memory >= spillMemory, r.finished
		r.mu.Unlock()
		switch {
		case gone:
			return io.ErrClosedPipe
		case !full && r.spill.take(r.account, own, n):
			return nil
		}
		r.rests()
		if wanted == nil && r.turns != nil {
			var end func(leaves bool)
			wanted, end = r.turns.rest(r.account)
			defer func() {
				r.over = err
				end(err != nil)
			}()
		}
		select {
		case <-freed:
		case <-wanted:
			return ErrUnread
		case <-r.ctx.Done():
		case <-r.work.Done():
		}
	}
}

// rests says that the writer waits for the reader.
func (r *Result) rests() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.rested {
		r.rested = true
		r.signal()
	}
}

// append puts a part, for which there is room, behind the others.
func (r *Result) append(part []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished { // the reader has gone
		r.spill.give(r.account, int64(len(part)))
		return io.ErrClosedPipe
	}
	last := r.last()
	if last == nil || last.file != nil && last.size >= spillPart || last.file == nil && (r.memory >= spillMemory ||
		last.size >= spillSegment) {
		last = r.begin()
	}
	if last.file != nil {
		if _, err := last.file.WriteAt(part, last.size); err != nil {
			r.broken = err
			last = &segment{}
			r.segments = append(r.segments, last)
		}
	}
	if last.file == nil {
		last.memory = append(last.memory, part...)
		r.memory += int64(len(part))
	}
	last.size += int64(len(part))
	r.unread += int64(len(part))
	r.made += int64(len(part))
	r.signal()
	return nil
}

func (r *Result) last() *segment {
	if len(r.segments) == 0 {
		return nil
	}
	return r.segments[len(r.segments)-1]
}

// begin makes the next segment: in memory while there is some, and when no file can be made.
func (r *Result) begin() *segment {
	next := &segment{}
	if r.memory >= spillMemory && r.broken == nil {
		if next.file, r.broken = r.spill.file(); r.broken != nil {
			next.file = nil
		}
	}
	r.segments = append(r.segments, next)
	return next
}

// file makes a file without a name.
func (s *Spill) file() (*os.File, error) {
	if s.dir == "" {
		return nil, errors.New("no folder to spill to")
	}
	f, err := os.CreateTemp(s.dir, "result-")
	if err != nil {
		return nil, fmt.Errorf("spill a result: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("spill a result: %w", err), f.Close())
	}
	return f, nil
}

func (r *Result) signal() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Finish ends the result: after what was written Read gives io.EOF. With an error Read gives that at once, since the
// result is of no use.
func (r *Result) Finish(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return
	}
	if r.finished, r.err = true, err; err == nil {
		r.err = io.EOF
	} else {
		r.dropAll()
	}
	r.signal()
}

// Ready waits until the result is whole, in which case it gives the error that ended it, or has n bytes or
// all that there is room for.
func (r *Result) Ready(n int64) error {
	for {
		r.mu.Lock()
		finished, err, begun, changed := r.finished, r.err, r.made >= n || r.rested, r.changed
		r.mu.Unlock()
		switch {
		case finished && err == io.EOF: // itself: another may be made of it
			return nil
		case finished:
			return err
		case begun:
			return nil
		}
		select {
		case <-changed:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

// Read reads what was written, in its order. It waits for more until Finish or the end of the context.
func (r *Result) Read(p []byte) (int, error) {
	for {
		if err := r.ctx.Err(); err != nil {
			return 0, err
		}
		r.mu.Lock()
		n, err := r.take(p)
		changed := r.changed
		r.mu.Unlock()
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		select {
		case <-changed:
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
	}
}

// take reads from the first segment, and gives up what was read.
func (r *Result) take(p []byte) (int, error) {
	for len(r.segments) > 0 {
		first := r.segments[0]
		if first.read < first.size {
			n := int(min(int64(len(p)), first.size-first.read))
			if first.file != nil {
				if _, err := first.file.ReadAt(p[:n], first.read); err != nil {
					return 0, fmt.Errorf("read a spilled result: %w", err)
				}
			} else {
				copy(p, first.memory[first.read:first.read+int64(n)])
			}
			r.unread -= int64(n)
			r.spill.give(r.account, int64(n))
			if first.read += int64(n); first.read == first.size {
				r.drop()
			}
			return n, nil
		}
		if len(r.segments) == 1 && first.file != nil && first.size < spillPart {
			break // it may grow
		}
		r.drop()
	}
	if r.finished {
		return 0, r.err
	}
	return 0, nil
}

// drop gives up the first segment, unless it is a file that may still grow.
func (r *Result) drop() {
	first := r.segments[0]
	if len(r.segments) == 1 && first.file != nil && first.size < spillPart && !r.finished {
		return
	}
	r.segments = r.segments[1:]
	if first.file != nil {
		_ = first.file.Close() // it has no name: nothing can be lost
	} else {
		r.memory -= first.size
	}
	if left := first.size - first.read; left > 0 {
		r.unread -= left
		r.spill.give(r.account, left)
	}
}

// Close gives up the result; its writer fails.
func (r *Result) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.finished {
		r.finished, r.err = true, io.ErrClosedPipe
	}
	r.dropAll()
	r.signal()
}

func (r *Result) dropAll() {
	for len(r.segments) > 0 {
		r.drop()
	}
}
