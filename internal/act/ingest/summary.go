package ingest

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// Summary is the statusMessage of an item that was imported.
func Summary(t Tally) string {
	text := fmt.Sprintf("Imported %d records as %d rows", t.Records, t.Rows)
	if t.Aligned {
		text += fmt.Sprintf("; %d records changed by left normalization", t.Normalised)
	}
	text += "."
	if t.Strangers > 0 {
		text += strangersNote(&t)
	}
	if t.Unfilled != "" {
		text += annotationsMark + t.Unfilled + "."
	}
	if notes := t.Notes.Text(noteWords); notes != "" {
		text += acceptedMark + notes + "."
	}
	return text
}

// shownContig is a contig's name from a file, as far as a message has room for it.
func shownContig(name string) string {
	const most = 100 // bytes
	if len(name) > most {
		name = name[:most] + "…"
	}
	return strings.ToValidUTF8(name, "�")
}

// The marks are where an item's statusMessage begins to tell which contigs the reference lacks, then which annotations
// are not in the table, and then what its file holds against the rules.
const (
	strangersMark   = " Contigs not in the store's reference: "
	annotationsMark = " Annotations: "
	acceptedMark    = " Accepted: "
)

// JobSummary is a finished job's statusMessage: how many of its items landed; of the others, how many there are, where
// each has its reason, and why the first did not;
// which contigs of the first with such ones its reference lacks; what annotations the first that lacks some lacks; and
// what the first of those that broke relaxed rules holds.
func JobSummary(items []meta.ImportItem, completed int) string {
	var contigs, unfilled, accepted summaryNote
	for i := range items {
		if items[i].Status != omics.JobCompleted {
			continue
		}
		name := items[i].Source.Name()
		rest := accepted.take(items[i].StatusMessage, acceptedMark, name)
		rest = unfilled.take(rest, annotationsMark, name)
		contigs.take(rest, strangersMark, name)
	}
	failure := whyNot(items)
	notes := contigs.text("have contigs that are not in the store's reference") + unfilled.first +
		accepted.text("hold what was accepted against rules")
	if failure != "" && notes != "" && !strings.HasSuffix(failure, ".") && !strings.HasSuffix(failure, "]") {
		failure += "."
	}
	return fmt.Sprintf("%d of %d items imported.", completed, len(items)) + failure + notes
}

// whyNot is why the first item failed, and how many did. Those without a record come last: they may be right, and the
// others are not.
func whyNot(items []meta.ImportItem) string {
	failed, first, empty := 0, "", ""
	for i := range items {
		if items[i].Status != omics.JobFailed {
			continue
		}
		failed++
		switch message := items[i].StatusMessage; {
		case !strings.HasPrefix(message, ErrNoRows.Error()):
			first = cmp.Or(first, " "+message)
		case empty == "":
			empty = " " + message
		}
	}
	first = cmp.Or(first, empty)
	if failed > 1 {
		return fmt.Sprintf(" %d of the items failed, each for the reason that GetVariantImportJob and varlake job get "+
			"show of it; the first:%s", failed, first)
	}
	return first
}

// summaryNote is what items say of one kind.
type summaryNote struct {
	first string // what the first of them says, with its mark and source
	items int
}

// take takes an item's note from the end of its message, where there is one, and gives what stands before it.
func (n *summaryNote) take(message, mark, source string) (rest string) {
	rest, note, ok := strings.Cut(message, mark)
	if !ok {
		return rest
	}
	if n.items++; n.items == 1 {
		n.first = mark + note + " [" + source + "]"
	}
	return rest
}

// text is what a job says of them.
func (n *summaryNote) text(what string) string {
	if n.items > 1 {
		return fmt.Sprintf(" %d of the items %s; the first:%s", n.items, what, n.first)
	}
	return n.first
}
