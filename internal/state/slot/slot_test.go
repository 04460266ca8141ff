package slot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// spilled makes a result of an account in a folder of its own.
func spilled(t *testing.T, limits Limits, turns *Turns) (*Spill, *Result, string) {
	t.Helper()
	dir := t.TempDir()
	s := NewSpill(dir, limits)
	return s, s.NewResult(t.Context(), t.Context(), "a", turns), dir
}

// noise is n bytes that no two places have alike.
func noise(n int) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(out)
	return out
}

// TestResultComesWhole: what is written comes out as it went in, whether the reader is behind by a whole result or
// keeps up.
func TestResultComesWhole(t *testing.T) {
	want := noise(2*spillPart + 5*spillMemory + 17)
	for name, behind := range map[string]bool{"read at the end": true, "read meanwhile": false} {
		s, r, dir := spilled(t, Limits{}, nil)
		write := func() {
			for rest := want; len(rest) > 0; {
				n := min(len(rest), 1+len(rest)%999_983)
				if _, err := r.Write(rest[:n]); err != nil {
					t.Error(name, err)
				}
				rest = rest[n:]
			}
			r.Finish(nil)
		}
		if behind {
			write()
			if got := s.Unread(); got != int64(len(want)) {
				t.Errorf("%s: %d bytes are unread", name, got)
			}
		} else {
			go write()
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d came, or others: %v", name, len(got), len(want), err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 || s.Unread() != 0 {
			t.Errorf("%s: left are %v, %d bytes, %v", name, left, s.Unread(), err)
		}
	}
}

// TestResultEnds: an error comes at once, an abandoned result fails its writer, and neither leaves a byte.
func TestResultEnds(t *testing.T) {
	gone := errors.New("gone")
	s, r, dir := spilled(t, Limits{}, nil)
	if _, err := r.Write(noise(3 * spillMemory)); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("its files have names: %v, %v", files, err)
	}
	r.Finish(gone)
	if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, gone) || s.Unread() != 0 {
		t.Errorf("%d bytes, %v, %d unread", n, err, s.Unread())
	}
	if err := r.Ready(1); !errors.Is(err, gone) {
		t.Errorf("ready: %v", err)
	}
	s, r, _ = spilled(t, Limits{}, nil)
	if _, err := r.Write(noise(2 * spillMemory)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if _, err := r.Write(noise(10)); !errors.Is(err, io.ErrClosedPipe) || s.Unread() != 0 {
		t.Errorf("a write after all: %v, %d unread", err, s.Unread())
	}
}

// TestResultWaitsForItsReader: beyond its bound a result waits while nobody needs its place, and goes on once it is
// read.
func TestResultWaitsForItsReader(t *testing.T) {
	want := noise(8 * spillMemory)
	for name, limits := range map[string]Limits{
		"of a result": {Result: 2 * spillMemory}, "of an account": {Account: 2 * spillMemory},
		"of all": {Total: 2 * spillMemory},
	} {
		s, r, _ := spilled(t, limits, NewTurns(4, 0))
		go func() {
			_, err := r.Write(want)
			r.Finish(err)
		}()
		if err := r.Ready(2 * spillMemory); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) || s.Unread() != 0 {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
		}
	}
	// A folder that cannot be written: what fits in memory is all that may be unread, and the result is right.
	s := NewSpill(filepath.Join(t.TempDir(), "missing"), Limits{})
	r := s.NewResult(t.Context(), t.Context(), "a", nil)
	go func() {
		_, err := r.Write(want)
		r.Finish(err)
	}()
	if err := r.Ready(spillMemory); err != nil {
		t.Fatal(err)
	}
	if n := s.Unread(); n > 2*spillMemory {
		t.Errorf("%d bytes in memory", n)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("without files: %d bytes of %d, %v", len(got), len(want), err)
	}
}

// TestPlaceOfAnUnreadResult: a result that rests at its bound gives its place to who waits, whoever that is, and only
// then.
func TestPlaceOfAnUnreadResult(t *testing.T) {
	turns := NewTurns(2, 0)
	give, err := turns.Take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	_, r, _ := spilled(t, Limits{Result: 2 * spillMemory}, turns)
	ended := make(chan error)
	go func() {
		_, err := r.Write(noise(8 * spillMemory))
		give()
		r.Finish(err)
		ended <- err
	}()
	if err := r.Ready(2 * spillMemory); err != nil {
		t.Fatal(err)
	}
	other, err := turns.Take(t.Context(), "b") // there was a free one
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended with nobody waiting: %v", err)
	default:
	}
	third, err := turns.Take(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrUnread) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, ErrUnread) {
		t.Errorf("its reader is told %v", err)
	}
	other()
	third()
}

// TestTurns: no account has all places, and of those that wait the one with the fewest comes first.
func TestTurns(t *testing.T) {
	turns := NewTurns(4, 0)
	type place struct {
		account string
		give    func()
	}
	came := make(chan place)
	enter := func(account string) {
		go func() {
			give, err := turns.Take(t.Context(), account)
			if err != nil {
				t.Error(err)
			}
			came <- place{account, give}
		}()
	}
	var held []place
	for range 6 {
		enter("a")
	}
	for range 3 {
		held = append(held, <-came)
	}
	waitFor(t, turns, 3)
	enter("b") // has the fourth, for a has its part
	if p := <-came; p.account != "b" {
		t.Fatalf("%s came", p.account)
	} else {
		held = append(held, p)
	}
	enter("b")
	waitFor(t, turns, 4)
	held[0].give() // a has 2 and b 1
	if p := <-came; p.account != "b" {
		t.Errorf("%s came, with more places", p.account)
	}
	held[1].give()
	if p := <-came; p.account != "a" {
		t.Errorf("%s came", p.account)
	}
	for _, p := range held[2:] {
		p.give()
	}
	for range 2 { // the last ones
		if p := <-came; p.account != "a" {
			t.Errorf("%s came", p.account)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.Take(ctx, "c"); !errors.Is(err, context.Canceled) {
		t.Errorf("one that went away: %v", err)
	}
	if one := NewTurns(1, 0); one.part != 1 {
		t.Error("one place is nobody's")
	}
}

// waitFor waits until n wait for a place.
func waitFor(t *testing.T, turns *Turns, n int) {
	t.Helper()
	for {
		turns.mu.Lock()
		waiting := len(turns.waiting)
		turns.mu.Unlock()
		if waiting == n {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("they do not wait")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTooManyOpen(t *testing.T) {
	turns := NewTurns(4, 2)
	first, err := turns.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := turns.Open("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := turns.Open("a"); !errors.Is(err, ErrTooMany) {
		t.Errorf("a third: %v", err)
	}
	if _, err := turns.Open("b"); err != nil {
		t.Errorf("another account's: %v", err)
	}
	first()
	first()
	if _, err := turns.Open("a"); err != nil {
		t.Errorf("after one ended: %v", err)
	}
	if _, err := turns.Open("a"); !errors.Is(err, ErrTooMany) {
		t.Errorf("ending twice counted twice: %v", err)
	}
}

// TestOneRestsForOneThatWaits: who waits ends one result that rests, also while that one is on its way out, and another
// when that goes on after all.
func TestOneRestsForOneThatWaits(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		turns := NewTurns(3, 0)
		give, wanted, end := map[string]func(){}, map[string]<-chan struct{}{}, map[string]func(bool){}
		for _, account := range []string{"b", "c", "d"} {
			var err error
			if give[account], err = turns.Take(t.Context(), account); err != nil {
				t.Fatal(err)
			}
		}
		asked := func() (accounts []string) {
			for account := range wanted {
				select {
				case <-wanted[account]:
					accounts = append(accounts, account)
				default:
				}
			}
			return accounts
		}
		wanted["b"], end["b"] = turns.rest("b")
		wanted["c"], end["c"] = turns.rest("c")
		taken := make(chan error, 1)
		go func() {
			_, err := turns.Take(t.Context(), "a")
			taken <- err
		}()
		waitFor(t, turns, 1)
		first := asked()
		if len(first) != 1 {
			t.Fatalf("%q are asked for one that waits", first)
		}
		end[first[0]](leaves)
		if now := asked(); !leaves && len(now) != 2 {
			t.Errorf("the first goes on: %q were asked", now)
		}
		wanted["d"], end["d"] = turns.rest("d")
		if now := asked(); leaves && len(now) != 1 || !leaves && len(now) != 2 {
			t.Errorf("the first leaves %v: %q were asked", leaves, now)
		}
		give[first[0]]()
		if err := <-taken; err != nil {
			t.Error(err)
		}
		if len(turns.leaving) > 0 {
			t.Errorf("left with %v", turns.leaving)
		}
	}
}
