package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

const checkPath = "/varlake/check"

// checkRequest is the body of POST /varlake/check.
type checkRequest struct {
	Store   string `json:"store,omitempty"`
	Deep    bool   `json:"deep,omitempty"`
	Orphans bool   `json:"orphans,omitempty"` // list them instead
	Remove  bool   `json:"remove,omitempty"`  // with Orphans

	AcceptOlder bool `json:"acceptOlder,omitempty"` // with Remove: also of tables that the state is older than

	// Patience is for how many seconds a search for orphans waits for the upkeep of a table, and the removal for those who read tables. Then the
	// answer is a waitAnswer, and the client may ask again; without it the answer waits, for readers some minutes.
	Patience float64 `json:"patience,omitempty"`
}

// waitAnswer says that nothing was done, and why.
type waitAnswer struct {
	WaitsFor string    `json:"waitsFor"`
	Since    time.Time `json:"since"` // when that began
}

// waitFor says what work waits for to a caller of that account: whose table it is is not for every account to know.
func waitFor(busy *ingest.Busy, account string) waitAnswer {
	if account != meta.AdminAccount {
		return waitAnswer{"work on the tables", busy.Since}
	}
	return waitAnswer{busy.With, busy.Since}
}

// tell says it to a person.
func (w *waitAnswer) tell(stderr io.Writer) {
	fmt.Fprintf(stderr, "waiting for %s, which began at %s\n", w.WaitsFor, w.Since.Local().Format(time.TimeOnly))
}

// checkHandler answers POST /varlake/check with an ingest.CheckResult or, when orphans are asked for, an ingest.OrphansResult. The request
// was verified before.
type checkHandler struct {
	ingest *ingest.Service
	turns  *query.Turns // a place for each check that may work
	note   string       // for the account that the data folder began with
	log    *slog.Logger
}

func (h *checkHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := newAnswer(w, r, "check", h.log, nil)
	var request checkRequest
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
func (h *checkHandler) check(ctx context.Context, request checkRequest) (any, error) {
	action := "varlake:Check"
	if request.Remove {
		action = "varlake:RemoveOrphans"
	}
	if err := httpapi.Authorize(ctx, action, "*"); err != nil {
		return nil, err
	}
	account := omics.CallerFrom(ctx).Account
	if account == meta.AdminAccount {
		account = ""
	}
	patience, err := patienceOf(request.Patience)
	if err != nil {
		return nil, err
	}
	switch {
	case request.Remove && !request.Orphans:
		return nil, omics.Validation("remove is for orphans.")
	case request.AcceptOlder && !request.Remove:
		return nil, omics.Validation("acceptOlder is for the removal of orphans.")
	case request.Orphans && request.Deep:
		return nil, omics.Validation("deep is not for orphans.")
	case request.Orphans:
		result, err := h.ingest.Orphans(ctx, ingest.OrphansRequest{
			Account: account, Store: request.Store, Remove: request.Remove, AcceptOlder: request.AcceptOlder, Patience: patience,
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

// patienceOf is the patience of a request. Who asks for one that is shorter than a second would be told without end.
func patienceOf(seconds float64) (time.Duration, error) {
	switch {
	case seconds == 0:
		return 0, nil
	case !(seconds > 0 && seconds <= 3600):
		return 0, omics.Validation("patience is 0 to 3600 seconds.")
	}
	return time.Duration(max(1, seconds) * float64(time.Second)), nil
}
