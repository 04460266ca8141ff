package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// finishImport makes the rows of a job visible and the job final, or ends it FAILED when no item succeeded.
// Running it again at any time is harmless: a job that is final has nothing pending.
func (s *Service) finishImport(ctx context.Context, jobID string) error {
	for {
		pending, err := s.DB.PendingCommit(ctx, jobID)
		if err != nil {
			return fmt.Errorf("read pending commit: %w", err)
		}
		if pending == nil {
			return nil
		}
		result, err := s.finishPending(ctx, pending)
		if err != nil && s.tableMoved(ctx, pending) {
			continue // what is missing may be what the other commit replaced
		}
		if err != nil || result != meta.PointerMoved {
			return err
		}
		// Another job of the same store committed first: build on what it left.
	}
}

// tableMoved reports whether the table has other metadata than a commit was to be built on, or the commit is not due any more.
func (s *Service) tableMoved(ctx context.Context, before *meta.PendingCommit) bool {
	now, err := s.DB.PendingCommit(ctx, before.Job.ID)
	return err == nil && (now == nil || now.MetadataLocation != before.MetadataLocation)
}

func (s *Service) finishPending(ctx context.Context, pending *meta.PendingCommit) (meta.CommitResult, error) {
	defer s.working(pending.Job.ID, pending.Job.TableID)()
	defer s.committing(pending.Job.TableID)()
	files, completed, err := s.completedFiles(pending.Items)
	if err != nil {
		return meta.NotRunning, err
	}
	if len(files) == 0 {
		return meta.NotRunning, s.failWithoutRows(ctx, pending)
	}
	if err := s.refuseOlder(pending.Job.TableID); err != nil { // the pointer is not the newest, and the job's rows may be in the table already
		return meta.NotRunning, err
	}
	return s.commit(ctx, pending, files, completed, jobSummary(pending.Items, completed))
}

// failWithoutRows ends a job that has no row. Files without a record are right beside others, as the shards of a cohort are, but not alone.
func (s *Service) failWithoutRows(ctx context.Context, pending *meta.PendingCommit) error {
	reasons := map[int]string{}
	for i := range pending.Items {
		if item := &pending.Items[i]; item.Status == omics.JobCompleted {
			item.Status, item.StatusMessage = omics.JobFailed, failureMessage(errNoRows, item.Source.Name())
			reasons[item.Item] = item.StatusMessage
		}
	}
	_, err := s.DB.FinishImportWithoutRows(ctx, pending.Job.ID, jobSummary(pending.Items, 0), reasons)
	return err
}

// jobSummary is a finished job's statusMessage: how many of its items landed; of the others, why the first did not; which contigs of the first
// with such ones its reference lacks; what annotations the first that lacks some lacks; and what the first of those that broke relaxed rules holds.
func jobSummary(items []meta.ImportItem, completed int) string {
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
	notes := contigs.text("have contigs that are not in the store's reference") + unfilled.first + accepted.text("hold what was accepted against rules")
	if failure != "" && notes != "" && !strings.HasSuffix(failure, ".") && !strings.HasSuffix(failure, "]") {
		failure += "."
	}
	return fmt.Sprintf("%d of %d items imported.", completed, len(items)) + failure + notes
}

// whyNot is why the first item failed. Those without a record come last: they may be right, and the others are not.
func whyNot(items []meta.ImportItem) string {
	empty := ""
	for i := range items {
		switch message := items[i].StatusMessage; {
		case items[i].Status != omics.JobFailed:
		case !strings.HasPrefix(message, errNoRows.Error()):
			return " " + message
		case empty == "":
			empty = " " + message
		}
	}
	return empty
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

func (s *Service) commit(ctx context.Context, pending *meta.PendingCommit, files []column.DataFile, completed int, message string) (meta.CommitResult, error) {
	job := &pending.Job
	crashPoint(crashFinishBeforeCommit)
	if err := s.Folder.OwnMetadata(job.Location, pending.MetadataLocation); err != nil {
		return meta.NotRunning, fmt.Errorf("write snapshot: %w", err)
	}
	next, already, err := lake.Append(ctx, s.Folder, pending.MetadataLocation, job.ID, files)
	if err != nil {
		return meta.NotRunning, fmt.Errorf("write snapshot: %w", err)
	}
	if already {
		next = pending.MetadataLocation
	}
	crashPoint(crashFinishAfterMetadata)
	status := omics.JobCompleted
	if completed < len(pending.Items) {
		status = omics.JobCompletedWithFailures
	}
	result, err := s.DB.CommitImport(ctx, job.ID, pending.MetadataLocation, next, status, message)
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
		if !already && s.isLost(ctx, job.TableID, next) {
			err = errors.Join(err, lake.Discard(ctx, s.Folder, next, pending.MetadataLocation))
		}
		return result, err
	}
	crashPoint(crashFinishAfterCommit)
	select {
	case s.committed <- struct{}{}:
	default: // whoever looks after tables has yet to look
	}
	if result != meta.Committed && !already {
		if err := lake.Discard(ctx, s.Folder, next, pending.MetadataLocation); err != nil {
			s.Log.Warn("metadata of a lost commit was not removed", "job", job.ID, "error", err)
		}
	}
	s.Log.Info("import job finished", "job", job.ID, "status", status, "files", len(files), "result", result.String())
	return result, nil
}

// isLost reports whether a table's pointer is known not to be next, after an attempt to swap that in ended with an error: it is written anew when
// it is tried again. Nobody else swaps it in.
func (s *Service) isLost(ctx context.Context, tableID, next string) bool {
	table, ok, err := s.DB.Table(context.WithoutCancel(ctx), tableID)
	return err == nil && ok && table.MetadataLocation != next
}

func (s *Service) completedFiles(items []meta.ImportItem) (files []column.DataFile, completed int, err error) {
	for _, item := range items {
		if item.Status != omics.JobCompleted {
			continue
		}
		completed++
		var written []column.DataFile
		if err := json.Unmarshal(item.Files, &written); err != nil {
			return nil, 0, fmt.Errorf("read files of item %d: %w", item.Item, err)
		}
		if written, err = lake.FindFiles(s.Folder, written); err != nil {
			return nil, 0, fmt.Errorf("find files of item %d: %w", item.Item, err)
		}
		files = append(files, written...)
	}
	return files, completed, nil
}

// clean removes what final jobs left on disk beside the files of the table: all of a cancelled or failed job, and of
// the others the attempts that did not count. Jobs that a worker still leaves are for the next time.
func (s *Service) clean(ctx context.Context) error {
	var errs []error
	for after := int64(0); ; { // past those that cannot be cleaned
		jobs, err := s.DB.UncleanJobs(ctx, s.olderTables(), after, cleanPage) // in a newer state other attempts may have counted
		if err != nil {
			return fmt.Errorf("list jobs to clean: %w", err)
		}
		for _, job := range jobs {
			after = job.Job.Seq
			if s.isWorking(job.Job.ID) {
				continue
			}
			if err := s.cleanJob(&job); err != nil && !errors.Is(err, warehouse.ErrOutside) { // then there is nothing here to clean
				errs = append(errs, fmt.Errorf("clean job %s: %w", job.Job.ID, err))
				continue
			}
			crashPoint(crashCleanBeforeMark)
			if _, err := s.DB.MarkCleaned(ctx, job.Job.ID); err != nil {
				return fmt.Errorf("mark job %s cleaned: %w", job.Job.ID, err)
			}
		}
		if len(jobs) < cleanPage {
			return errors.Join(errs...)
		}
	}
}

// cleanPage is how many jobs to clean are looked up at once.
const cleanPage = 100

func (s *Service) cleanJob(job *meta.UncleanJob) error {
	dir, err := s.jobDir(&job.Job)
	if err != nil {
		return err
	}
	keep := map[string]string{} // item → attempt
	if job.Job.Status == omics.JobCompleted || job.Job.Status == omics.JobCompletedWithFailures {
		for _, item := range job.Items {
			if item.Status == omics.JobCompleted {
				keep[strconv.Itoa(item.Item)] = strconv.Itoa(item.Attempt)
			}
		}
	}
	err = eachEntry(dir, func(item string) error {
		defer crashPoint(crashCleanMidway)
		attempt, ok := keep[item]
		if !ok {
			return s.Folder.RemoveTree(filepath.Join(dir, item))
		}
		return eachEntry(filepath.Join(dir, item), func(name string) error {
			if name == attempt {
				return nil
			}
			return s.Folder.RemoveTree(filepath.Join(dir, item, name))
		})
	})
	if err == nil && len(keep) == 0 {
		err = s.Folder.RemoveTree(dir)
	}
	return err
}

func eachEntry(dir string, do func(name string) error) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := do(entry.Name()); err != nil {
			return err
		}
	}
	return nil
}
