package ingest

import (
	"errors"
	"sync"

	"github.com/varlake/varlake/vcf"
)

// report is what a worker found in one piece.
type report struct {
	index      int
	order      *vcf.Order
	records    int64
	rows       int64
	normalised int64
	unread     lines // with annotations that could not be read
	notes      vcf.Notes
}

// lines counts lines and knows the first.
type lines struct{ count, first int64 }

func (l *lines) add(line int64) { l.merge(lines{1, line}) }

func (l *lines) merge(other lines) {
	if other.count > 0 && (l.count == 0 || other.first < l.first) {
		l.first = other.first
	}
	l.count += other.count
}

// ledger receives piece reports in any order and puts them in file order: that the records of a contig
// stand together is nothing a worker can see across pieces. It also keeps the first failure by line, so that the
// answer does not depend on timing. Safe for concurrent use.
type ledger struct {
	mu       sync.Mutex
	waiting  map[int]report
	next     int
	order    vcf.Order
	failLine int64 // of failure
	failure  error

	records, rows, normalised int64
	unread                    lines
	notes                     vcf.Notes
}

func newLedger(relaxed vcf.Rules) *ledger {
	l := &ledger{waiting: map[int]report{}}
	if relaxed.LetsUnordered() {
		l.order.Notes = &l.notes
	}
	return l
}

// fail records an error at a line; the lowest line wins.
func (l *ledger) fail(line int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failLocked(line, err)
}

func (l *ledger) failLocked(line int64, err error) {
	if l.failure == nil || line < l.failLine {
		l.failLine, l.failure = line, err
	}
}

// wants reports whether text from line on can still matter: it lies before the failure, if any.
func (l *ledger) wants(line int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure == nil || line < l.failLine
}

func (l *ledger) counts() (records, rows, normalised int64, notes vcf.Notes) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.records, l.rows, l.normalised, l.notes
}

func (l *ledger) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure
}

// take takes one piece's report.
func (l *ledger) take(r report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records += r.records
	l.rows += r.rows
	l.normalised += r.normalised
	l.unread.merge(r.unread)
	l.notes.Merge(&r.notes)
	l.waiting[r.index] = r
	for {
		r, ok := l.waiting[l.next]
		if !ok {
			return
		}
		delete(l.waiting, l.next)
		l.next++
		l.merge(r.order)
	}
}

func (l *ledger) merge(order *vcf.Order) {
	err := l.order.Merge(order)
	if err == nil {
		return
	}
	var at *vcf.ParseError
	if errors.As(err, &at) {
		l.failLocked(at.Line, err)
		return
	}
	l.failLocked(0, err)
}
