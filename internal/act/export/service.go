package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	// exports at a time, two of them of one account: each takes memory for the row groups that it merges
	maxAtWork = 3
	maxOpen   = 16               // of an account, those included that wait or are read
	patience  = 10 * time.Minute // for a place to work
	begun     = 8 << 20          // bytes that are there before an export is begun to be sent, unless it is whole before
)

// Config is what a Service is made of.
type Config struct {
	DB      *meta.DB
	Access  *access.Readings
	Files   warehouse.Files
	Readers *lake.Readers // told of who reads files
	Results *slot.Spill   // holds what was not read yet
}

// Service exports tables of a data folder. It is safe for concurrent use.
type Service struct {
	Config
	turns *slot.Turns   // a place for each export that may work
	wait  time.Duration // for one
}

// NewService makes a Service.
func NewService(c Config) *Service {
	return &Service{Config: c, turns: slot.NewTurns(maxAtWork, maxOpen), wait: patience}
}

// Export writes the records of a table as VCF, as the context's caller, for as long as that may read the table.
func (s *Service) Export(ctx context.Context, in *own.ExportIn, out own.Answer) error {
	account := omics.CallerFrom(ctx).Account
	closed, err := s.turns.Open(account)
	if err != nil {
		return omics.Throttling("The account has as many exports as it may have at a time.")
	}
	defer closed()
	table, err := s.table(ctx, in.Store)
	if err != nil {
		return err
	}
	reading, err := s.Access.Read(ctx, []meta.Table{table})
	if err != nil {
		return access.Ended(err, "the store")
	}
	defer reading.Close()
	if err = s.take(reading, account, in, out); context.Cause(reading) != nil {
		return access.Ended(cmp.Or(context.Cause(reading), err), "the store")
	}
	return err
}

// take exports once it is the account's turn.
func (s *Service) take(ctx context.Context, account string, in *own.ExportIn, out own.Answer) error {
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	done, err := s.turns.Take(waiting, account)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return omics.RequestTimeout("The export waited %s for its turn: others are at work. Please try again later.", s.wait)
	}
	if err != nil {
		return err
	}
	read := s.Readers.Begin()
	worked := func() { read(); done() }
	defer worked()
	// As it is now: the wait may have been long.
	table, err := s.table(ctx, in.Store)
	if err != nil {
		return err
	}
	return s.write(ctx, table, in, out, worked)
}

// table finds the table that a name stands for, as in a query, if policies let the caller read it.
func (s *Service) table(ctx context.Context, name string) (meta.Table, error) {
	all, err := s.Access.Tables(ctx)
	if err != nil {
		return meta.Table{}, err
	}
	for _, table := range all {
		if access.Means(name, table) {
			return table, access.Allowed(ctx, table)
		}
	}
	return meta.Table{}, omics.NotFound("There is no store %q.", name)
}

// write writes the export of a table. worked is called when the table was read, which may be long before the answer
// was.
func (s *Service) write(ctx context.Context, table meta.Table, in *own.ExportIn, out own.Answer, worked func()) error {
	e, err := s.open(ctx, table, in)
	if err != nil {
		return err
	}
	out.Type("text/plain; charset=utf-8")
	out.Count()
	for _, warning := range e.Warnings {
		out.Warn(warning)
	}
	result := s.Results.NewResult(ctx, ctx, omics.CallerFrom(ctx).Account, s.turns)
	ran := make(chan struct{})
	defer func() {
		result.Close()
		<-ran
	}()
	records := int64(0)
	go func() {
		defer close(ran)
		var err error
		if records, err = runGuarded(e, result); errors.Is(err, slot.ErrUnread) {
			err = omics.RequestTimeout("The export broke off: %v.", err)
		}
		worked()
		result.Finish(err)
	}()
	if err := result.Ready(begun); err != nil {
		return err
	}
	if _, err := io.Copy(out, result); err != nil {
		return err
	}
	<-ran
	out.Records(records)
	return nil
}

// open opens the export of a table as it is now.
func (s *Service) open(ctx context.Context, table meta.Table, in *own.ExportIn) (*Export, error) {
	snapshot, err := lake.OpenOwn(ctx, s.Files, table.Name, table.Location, table.MetadataLocation)
	var unserved *lake.NotServed
	if errors.As(err, &unserved) {
		return nil, &omics.Error{Code: omics.CodeInternalServer, Message: unserved.Message, Err: unserved.Err}
	}
	if err != nil {
		return nil, err
	}
	if !variant.Describes(snapshot.Columns()) {
		return nil, omics.Validation("%s does not hold VCF files: only their stores can be exported.", table.Name)
	}
	source := Source{Snapshot: snapshot,
		Lines: func(hash string) ([]byte, error) { return s.DB.HeaderLines(ctx, []byte(hash)) }}
	headers, err := s.DB.ItemHeaders(ctx, table)
	if err != nil {
		return nil, err
	}
	for _, header := range headers {
		source.Headers = append(source.Headers, Header{Job: header.Job, Item: header.Item, Hash: string(header.Hash),
			Columns: header.Columns})
	}
	return Open(ctx, source, in)
}

// runGuarded runs an export off the request's own goroutine, where a panic would end the server.
func runGuarded(e *Export, to io.Writer) (records int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return e.Run(to)
}
