package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

const (
	maxChecks     = 2 // at work at a time, one of them of one account: a deep one decodes all that there is
	maxOpenChecks = 4 // of an account, those included that wait
)

// Caretaker is the operations on tables that their users ask for: Check and Upkeep. It is safe for concurrent use.
type Caretaker struct {
	service *Service
	turns   *slot.Turns // a place for each check that may work
	note    string
}

// NewCaretaker makes a Caretaker. note is for the account that the data folder began with, with what a check found;
// empty: there is none.
func NewCaretaker(s *Service, note string) *Caretaker {
	return &Caretaker{service: s, turns: slot.NewTurns(maxChecks, maxOpenChecks), note: note}
}

// Check looks at the stores of the caller's account, at those of all accounts when it is the one that the data folder
// began with. Policies name the action; only administrators have one that does so unless somebody thought of it.
func (c *Caretaker) Check(ctx context.Context, in *own.CheckIn) (out *own.CheckOut, err error) {
	if in.Orphans {
		out, err = c.orphans(ctx, in)
	} else {
		out, err = c.check(ctx, in)
	}
	if errors.Is(err, errNoStore) {
		return nil, omics.NotFound("There is no store %q.", in.Store)
	}
	return out, told(err)
}

// told gives an error that only who runs the server can mend the form in which users are told.
func told(err error) error {
	var unserved *lake.NotServed
	if errors.As(lake.SayReplaced(err), &unserved) {
		return &omics.Error{Code: omics.CodeInternalServer, Message: unserved.Message}
	}
	return err
}

// whose is the account whose stores are looked at; empty: all.
func whose(ctx context.Context) string {
	if account := omics.CallerFrom(ctx).Account; account != meta.AdminAccount {
		return account
	}
	return ""
}

func (c *Caretaker) check(ctx context.Context, in *own.CheckIn) (*own.CheckOut, error) {
	done, err := c.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	account := whose(ctx)
	result, err := c.service.Check(ctx, CheckRequest{Account: account, Store: in.Store, Deep: in.Deep})
	if account == "" {
		result.Note = c.note
	} else {
		c.hidePlaces(result.Findings)
	}
	return &own.CheckOut{Findings: &result}, err
}

// turn waits for the caller's turn to check.
func (c *Caretaker) turn(ctx context.Context) (done func(), err error) {
	account := omics.CallerFrom(ctx).Account
	closed, err := c.turns.Open(account)
	if err != nil {
		return nil, omics.Throttling("The account has as many checks as it may have at a time.")
	}
	worked, err := c.turns.Take(ctx, account)
	if err != nil {
		closed()
		return nil, err
	}
	return func() { worked(); closed() }, nil
}

func (c *Caretaker) orphans(ctx context.Context, in *own.CheckIn) (*own.CheckOut, error) {
	account := whose(ctx)
	result, err := c.service.Orphans(ctx, OrphansRequest{
		Account: account, Store: in.Store, Remove: in.Remove, AcceptOlder: in.AcceptOlder,
		Patience: own.PatienceOf(in.Patience),
	})
	var busy *Busy
	if errors.As(err, &busy) {
		wait := waitFor(ctx, busy)
		return &own.CheckOut{Wait: &wait}, nil
	}
	if account != "" {
		for _, lines := range [][]string{result.Unknown, result.Newer, result.Strange} {
			c.hidePlaces(lines)
		}
	}
	return &own.CheckOut{Orphans: &result}, err
}

// hidePlaces takes from lines, each of which begins with a name, the places of the machine, which are for who runs it
// alone.
func (c *Caretaker) hidePlaces(lines []string) {
	files := c.service.Files
	for i, line := range lines {
		line = warehouse.WithoutPlaces(files, line)
		if warehouse.NamesPlace(line) {
			name, _, _ := strings.Cut(line, ": ")
			if warehouse.NamesPlace(name) {
				name = "a table"
			}
			line = name + ": it names a place outside of the data folder, which varlake check tells account " + meta.AdminAccount
		}
		lines[i] = line
	}
}

// waitFor says what work waits for to the context's caller: whose table it is is not for every account to know.
func waitFor(ctx context.Context, busy *Busy) own.Wait {
	if whose(ctx) != "" {
		return own.Wait{WaitsFor: "work on the tables", Since: busy.Since}
	}
	return own.Wait{WaitsFor: busy.With, Since: busy.Since}
}

// Upkeep looks after the tables of the caller's account, one after the other, and writes a line for each. Of those that
// others share with it their owners take care.
func (c *Caretaker) Upkeep(ctx context.Context, in *own.UpkeepIn, out own.Answer) error {
	all, err := c.service.DB.Tables(ctx, omics.CallerFrom(ctx).Account)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	var tables []meta.Table
	for _, table := range all {
		if table.ShareID == "" && (in.Store == "" || table.In(in.Store)) {
			tables = append(tables, table)
		}
	}
	if in.Store != "" && len(tables) == 0 {
		return omics.NotFound("There is no store %q.", in.Store)
	}
	out.Type("application/x-ndjson")
	care := Care{All: in.All, Expire: in.Expire, DryRun: in.DryRun, Patience: own.PatienceOf(in.Patience)}
	var errs []error
	for _, table := range tables {
		report, err := c.maintain(ctx, table, care, out)
		if errors.Is(err, meta.ErrOlder) {
			err = omics.Conflict("%v", err)
		}
		if err != nil { // the others need it none the less
			errs = append(errs, fmt.Errorf("%s: %w", table.Name, err))
		}
		if err := json.NewEncoder(out).Encode(report); err != nil {
			return err
		}
	}
	return told(errors.Join(errs...))
}

// maintain looks after a table, and tells what that waits for.
func (c *Caretaker) maintain(ctx context.Context, table meta.Table, care Care,
	out own.Answer) (own.UpkeepReport, error) {
	for told := ""; ; {
		report, err := c.service.maintainLowly(ctx, table, care)
		var busy *Busy
		if !errors.As(err, &busy) {
			return report, err
		}
		if busy.With == told {
			continue
		}
		told = busy.With
		if err := errors.Join(json.NewEncoder(out).Encode(waitFor(ctx, busy)), out.Flush()); err != nil {
			return report, err
		}
	}
}
