package slot

import (
	"io"
	"runtime"
	"syscall"
)

// What gives way to what, as the kernel's niceness of threads above that of the process: answers to requests have 0,
// queries (internal/sql/query) 9 in processes of their own.
const (
	ImportNice = 5
	upkeepNice = 12
)

// AtNice runs do on a thread of its own that gives way to those of a lower niceness.
func AtNice(nice int, do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with this goroutine, and its priority with it
		if runtime.GOOS == "linux" {
			// Both are of this thread; elsewhere they would be of the process. The system call gives 20 less the niceness.
			if raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err == nil {
				_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 20-raw+nice) // past 19 it is 19
			}
		}
		do()
	}()
	<-done
}

// Lowly runs do at the background's priority.
func Lowly(do func()) { AtNice(upkeepNice, do) }

// Pace bounds how many workers of all imports compute at one time. Go gives a goroutine that may run a turn only after
// all others that may, each for up to 10 ms: without a bound a request would wait behind every worker. A nil Pace has
// no bound.
type Pace chan struct{}

// Compute runs do when it is its turn. do must not wait for another worker.
func (p Pace) Compute(do func()) {
	if p != nil {
		p <- struct{}{}
		defer func() { <-p }()
	}
	do()
}

// Unpaced is a source that is read by who holds a place to compute: others have it meanwhile.
type Unpaced struct {
	io.Reader
	Pace Pace
}

func (u *Unpaced) Read(p []byte) (int, error) {
	if u.Pace != nil {
		<-u.Pace
		defer func() { u.Pace <- struct{}{} }()
	}
	return u.Reader.Read(p)
}
