// Package slot shares what a process can do at one time between the accounts that want it done: places to work, and
// room for results that were made and not read yet. A place is held by work, not by who reads what it made. It also has
// what workers of one process tell each other: on which tables they are, what waits to be tried again, and what gives
// way to what.
package slot

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrTooMany says that an account has as many queries or exports as it may, those included that wait or are still being
// read.
var ErrTooMany = errors.New("too many at a time")

// Turns shares a number of places between accounts. A place is held by work: an account has at most its part of them,
// so that none can have them all, and of those that wait the account with the fewest places comes first. Safe for
// concurrent use.
type Turns struct {
	mu      sync.Mutex
	free    int
	part    int            // places that one account may hold
	held    map[string]int // places by account
	waiting []*turn        // in the order in which they came
	idle    map[*idler]struct{}
	leaving map[string]int // by account: places of those who rested and give them up, from then until they have

	maxOpen int            // of an account, at a time; 0: no limit
	open    map[string]int // by account
}

// turn is one that waits for a place.
type turn struct {
	account string
	granted chan struct{}
}

// idler is a holder of a place whose work rests until somebody reads its result.
type idler struct {
	account string
	wanted  chan struct{} // closed when another needs its place
	asked   bool
}

// NewTurns makes n places, all but a quarter of which one account may hold (of one place, that one). Beyond maxOpen an
// account's Open is refused; 0 is no limit.
func NewTurns(n, maxOpen int) *Turns {
	return &Turns{free: n, part: max(1, n-max(1, n/4)), held: map[string]int{}, idle: map[*idler]struct{}{},
		leaving: map[string]int{}, maxOpen: maxOpen, open: map[string]int{}}
}

// Open counts one more query or export of the account, from its arrival until its result was read. ErrTooMany when
// there are too many.
func (t *Turns) Open(account string) (done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.maxOpen > 0 && t.open[account] >= t.maxOpen {
		return nil, ErrTooMany
	}
	t.open[account]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.open[account]--; t.open[account] == 0 {
			delete(t.open, account)
		}
	}), nil
}

// Take waits for a place and holds it until done is called, which may be called again.
func (t *Turns) Take(ctx context.Context, account string) (done func(), err error) {
	w := &turn{account, make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	t.grant()
	t.mu.Unlock()
	done = sync.OnceFunc(func() { t.give(account) })
	select {
	case <-w.granted:
		return done, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(t.waiting, w)
	if i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it was granted meanwhile
		done()
	}
	return nil, ctx.Err()
}

// Free tells how many places nobody holds.
func (t *Turns) Free() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.free
}

// Held tells how many places are held, and how many wait for one.
func (t *Turns) Held() (held, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.held {
		held += n
	}
	return held, len(t.waiting)
}

func (t *Turns) give(account string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.held[account]--; t.held[account] == 0 {
		delete(t.held, account)
	}
	if t.leaving[account] > 0 {
		t.left(account)
	}
	t.grant()
}

// grant gives free places away, to the account with the fewest first. When somebody is left without, who rests is asked
// for its place.
func (t *Turns) grant() {
	for t.free > 0 {
		next := -1
		for i, w := range t.waiting {
			held := t.held[w.account]
			if held < t.part && (next < 0 || held < t.held[t.waiting[next].account]) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.free--
		t.held[w.account]++
		close(w.granted)
	}
	t.ask()
}

// left ends what leaving counted one for.
func (t *Turns) left(account string) {
	if t.leaving[account]--; t.leaving[account] == 0 {
		delete(t.leaving, account)
	}
}

// ask asks as many that rest as others wait for their places, less those whose places are to come: one of the account's
// own where that has its part, else anybody's.
func (t *Turns) ask() {
	asked := 0
	for _, n := range t.leaving {
		asked += n
	}
	for i := range t.idle {
		if i.asked {
			asked++
		}
	}
	for _, w := range t.waiting[min(asked, len(t.waiting)):] {
		for i := range t.idle {
			if !i.asked && (i.account == w.account || t.held[w.account] < t.part) {
				i.asked = true
				close(i.wanted)
				break
			}
		}
	}
}

// rest says that the holder of a place cannot go on before its result is read. wanted is closed when another needs the
// place; the holder then gives it up. end is called when it rests no more: because it goes on, wanted or not, or leaves
// and is to give its place back.
func (t *Turns) rest(account string) (wanted <-chan struct{}, end func(leaves bool)) {
	i := &idler{account: account, wanted: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle[i] = struct{}{}
	t.ask()
	return i.wanted, func(leaves bool) {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.idle, i)
		if leaves {
			t.leaving[account]++
		} else if i.asked {
			t.ask() // somebody else
		}
	}
}
