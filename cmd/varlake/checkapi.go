package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// waitFor says what work waits for to a caller of that account: whose table it is is not for every account to know.
func waitFor(busy *ingest.Busy, account string) own.Wait {
	if account != meta.AdminAccount {
		return own.Wait{WaitsFor: "work on the tables", Since: busy.Since}
	}
	return own.Wait{WaitsFor: busy.With, Since: busy.Since}
}

// checkHandler answers POST /varlake/check with an own.Findings or, when orphans are asked for, an own.Orphans. The request
// was verified before.
type checkHandler struct {
	ingest *ingest.Service
	turns  *query.Turns // a place for each check that may work
	note   string       // for the account that the data folder began with
	log    *slog.Logger
}

func (h *checkHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := newAnswer(w, r, "check", h.log, nil)
	var request own.CheckIn
	err := json.NewDecoder(r.Body).Decode(&request)
	if err != nil {
		err = omics.Validation("The body is not a check: %v", err)
	}
	var answer any
	if err == nil {
		answer, err = h.check(r.Context(), request)
	}
	if errors.Is(err, ingest.ErrNoStore) {
		err = &omics.Error{Code: omics.CodeResourceNotFound, Message: fmt.Sprintf("There is no store %q.", request.Store)}
	}
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		err = json.NewEncoder(out).Encode(answer)
	}
	out.end(err)
}

// check looks at the stores of the caller's account, at those of all accounts when it is the one that the data folder began with. Policies name
// the action; only administrators have one that does so unless somebody thought of it.
func (h *checkHandler) check(ctx context.Context, request own.CheckIn) (any, error) {
	action := own.Check.Action
	if request.Remove {
		action = own.RemoveOrphans
	}
	if err := httpapi.Authorize(ctx, action, "*"); err != nil {
		return nil, err
	}
	account := omics.CallerFrom(ctx).Account
	if account == meta.AdminAccount {
		account = ""
	}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	if request.Orphans {
		result, err := h.ingest.Orphans(ctx, ingest.OrphansRequest{
			Account: account, Store: request.Store, Remove: request.Remove, AcceptOlder: request.AcceptOlder, Patience: own.PatienceOf(request.Patience),
		})
		var busy *ingest.Busy
		if errors.As(err, &busy) {
			return waitFor(busy, omics.CallerFrom(ctx).Account), nil
		}
		if account != "" {
			for _, lines := range [][]string{result.Unknown, result.Newer, result.Strange} {
				h.hidePlaces(lines)
			}
		}
		return result, sayReplaced(err)
	}
	done, err := h.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	result, err := h.ingest.Check(ctx, ingest.CheckRequest{Account: account, Store: request.Store, Deep: request.Deep})
	if account == "" {
		result.Note = h.note
	} else {
		h.hidePlaces(result.Findings)
	}
	return result, sayReplaced(err)
}

// hidePlaces takes from lines, each of which begins with a name, the places of the machine, which are for who runs it alone.
func (h *checkHandler) hidePlaces(lines []string) {
	folder := h.ingest.Folder
	for i, line := range lines {
		for _, dir := range append(folder.Locations(), folder.Dir()) {
			line = strings.ReplaceAll(strings.ReplaceAll(line, "file://"+dir+"/", ""), dir+"/", "")
		}
		if ingest.NamesPlace(line) {
			name, _, _ := strings.Cut(line, ": ")
			if ingest.NamesPlace(name) {
				name = "a table"
			}
			line = name + ": it names a place outside of the data folder, which varlake check tells account " + meta.AdminAccount
		}
		lines[i] = line
	}
}

const (
	maxChecks     = 2 // at work at a time, one of them of one account: a deep one decodes all that there is
	maxOpenChecks = 4 // of an account, those included that wait
)

// turn waits for the caller's turn to check.
func (h *checkHandler) turn(ctx context.Context) (done func(), err error) {
	account := omics.CallerFrom(ctx).Account
	closed, err := h.turns.Open(account)
	if err != nil {
		return nil, omics.Throttling("The account has as many checks as it may have at a time.")
	}
	worked, err := h.turns.Take(ctx, account)
	if err != nil {
		closed()
		return nil, err
	}
	return func() { worked(); closed() }, nil
}
