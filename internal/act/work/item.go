package work

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

const (
	// lookEvery is how often a running item looks whether it was cancelled.
	lookEvery = 250 * time.Millisecond
	// progressLooks is how many of these looks it takes until the progress is written too. GetVariantImportJob shows it as of now
	// whatever was written: that is for other processes, and for lists.
	progressLooks = 4
	// progressEvery is how often progress is written.
	progressEvery = progressLooks * lookEvery
	// maxAttempts bounds how often a file is tried that takes the whole server down with it. Attempts that a stop ends do not count.
	maxAttempts = 5
)

// errSuperseded ends an attempt whose job was cancelled or whose item another attempt took over.
var errSuperseded = errors.New("the import was cancelled")

// errNoRows ends a file that has nothing at all, and a job of files without a row.
var errNoRows = userErrorf("Cannot import file with 0 rows.")

// errGaveUp ends an item that was tried too often.
var errGaveUp = userErrorf("Gave up after %d attempts: each ended with the server, which was killed or crashed while it read the file", maxAttempts)

// importItem works on one item until it is final, superseded or ctx ends. An error means: try again.
func (s *Service) importItem(ctx context.Context, jobID string, item int) error {
	claim, err := s.DB.ClaimItem(ctx, jobID, item)
	if err != nil {
		return fmt.Errorf("claim item: %w", err)
	}
	if claim == nil {
		return nil
	}
	defer s.working(jobID, claim.Job.TableID)()
	log := s.Log.With("operation", operation(&claim.Job), "job", jobID, "item", item, "attempt", claim.Item.Attempt)
	dir, err := "", s.refuseOlder(claim.Job.TableID) // the newer state may have counted an attempt of this number, with files there
	if err == nil {
		dir, err = s.attemptDir(&claim.Job, claim.Item.Item, claim.Item.Attempt)
	}
	started := time.Now()
	var total tally
	if err == nil {
		p := new(progress)
		defer s.live.begin(jobID, item, p)() // until the item has its result: what was written of its progress is older
		total, err = s.attempt(ctx, claim, dir, p)
	}
	replaced := s.Folder.Verify() // then what the attempt met, or wrote, says nothing of the item
	if err = errors.Join(err, replaced); err != nil {
		crashPoint(crashItemStopped)
	}
	result := meta.ItemResult{Status: omics.JobCompleted, Message: summary(total)}
	switch {
	case ctx.Err() != nil, errors.Is(err, errSuperseded):
		log.Info("import item stopped", "cause", err)
		return errors.Join(s.Folder.RemoveTree(dir), ctx.Err())
	case replaced != nil, errors.As(err, new(*stateError)):
		return errors.Join(err, s.Folder.RemoveTree(dir))
	case err != nil:
		log.Info("import item failed", "error", err)
		result = meta.ItemResult{Status: omics.JobFailed, Message: failureMessage(err, claim.Item.Source.Name())}
		if err := s.Folder.RemoveTree(dir); err != nil {
			return fmt.Errorf("remove files of the failed item: %w", err)
		}
	default:
		result.Records, result.Rows, result.Normalized = total.Records, total.Rows, total.Normalised
		if total.Rows > 0 { // else no export needs it
			result.Header = total.Header
		}
		if result.Files, err = s.describeFiles(total.Files); err != nil {
			return fmt.Errorf("describe files: %w", err)
		}
		for _, file := range total.Files {
			result.Bytes += file.Bytes
		}
		log.Info("import item completed", "records", total.Records, "rows", total.Rows, "normalised", total.Normalised, "took", time.Since(started))
	}
	crashPoint(crashItemBeforeFinish)
	ok, err := s.DB.FinishItem(ctx, jobID, item, claim.Item.Attempt, result)
	if err != nil {
		return fmt.Errorf("finish item: %w", err)
	}
	if !ok {
		return s.Folder.RemoveTree(dir)
	}
	crashPoint(crashItemAfterFinish)
	return nil
}

// attempt reads the item's file into Parquet files below dir, where a state of before, or of a copy, may have left some under this number.
func (s *Service) attempt(ctx context.Context, claim *meta.Claim, dir string, p *progress) (tally, error) {
	if claim.Item.Crashes >= maxAttempts {
		return tally{}, errGaveUp
	}
	err := s.Folder.RemoveTree(dir)
	if err == nil {
		err = s.Folder.MakeDirs(dir)
	}
	if err != nil {
		return tally{}, &storageError{err}
	}
	object, err := s.openSource(ctx, reads{claim.Job.Account, claim.Job.RoleARN, claim.Job.ID}, claim.Item.Source, func(tag string) (bool, error) {
		return s.DB.PinItem(ctx, claim.Job.ID, claim.Item.Item, claim.Item.Attempt, tag)
	})
	if err != nil {
		return tally{}, err
	}
	defer object.Close()
	if object.Size() > s.MaxItemBytes {
		return tally{}, userErrorf("the file has %d bytes; the limit is %d", object.Size(), s.MaxItemBytes)
	}
	p.open(object.Size())
	ctx, stop := s.watch(ctx, claim, p)
	defer stop()

	source := object.Reader(ctx, 0)
	defer source.Close()
	text := bgzf.Open(source, s.Workers)
	defer text.Close()
	total, err := s.importFile(ctx, claim, text, dir, p)
	if err != nil {
		err = s.surveyRows(ctx, claim, object, s.survey(ctx, claim, object, err))
	}
	return total, err
}

// importFile imports a file of the job's format.
func (s *Service) importFile(ctx context.Context, claim *meta.Claim, inflated *bgzf.Reader, dir string, p *progress) (tally, error) {
	text := bufio.NewReaderSize(inflated, headBytes)
	head, _ := text.Peek(foreignBytes) // an error comes again where the lines are read
	if err := refuseForeign(foreign, head, claim.Job.Format); err != nil {
		return tally{}, err
	}
	head = bytes.Clone(head)
	contigs, closeReference, err := s.openReference(claim)
	if err != nil {
		return tally{}, err
	}
	defer closeReference()
	line := pipeline{folder: s.Folder, dir: dir, workers: s.Workers, relaxed: s.Relaxed, reference: contigs, progress: p, pace: s.pace, consumed: inflated.Consumed}
	var reference fasta.Reference // nil: no left normalisation
	if claim.Job.Normalize {
		reference = contigs
	}
	var source *lineReader
	aligned := true
	switch claim.Job.Format {
	case omics.FormatGFF:
		aligned = false
		line.workers = 1 // directives count for what follows them
		line.format, source = &gffFormat{jobID: claim.Job.ID, contigs: contigs}, &lineReader{text, 1, '\n'}
	case omics.FormatTSV:
		var f *tsvFormat
		f, source, err = openTSV(claim, text, reference, s.Relaxed)
		if f != nil {
			f.contigs = contigs
		}
		line.format, aligned = f, f != nil && f.reference != nil
	default:
		line.format, source, err = openVCF(claim, text, reference, s.Relaxed)
	}
	if err == nil && source.number == 1 { // no line was taken for a header
		if _, err = source.Peek(1); errors.Is(err, io.EOF) {
			err = errNoRows
		}
	}
	if err != nil {
		return tally{}, stopCause(ctx, foreignRows(err, head, claim.Job.Format, math.MaxInt64-1))
	}
	line.end = source.terminator
	total, err := line.run(ctx, source, source.number)
	err = foreignRows(err, head, claim.Job.Format, source.number)
	total.Aligned = aligned
	if f, ok := line.format.(*vcfFormat); ok {
		total.Header = f.header.Text
		total.Notes.Merge(f.header.Notes())
		total.Unfilled = f.unfilled(total.Unread)
	}
	total.Unfilled = joined(unknownFields(&claim.Job), total.Unfilled)
	return total, err
}

// watch tells the item's progress until stop is called, and ends the context when the attempt is superseded.
func (s *Service) watch(ctx context.Context, claim *meta.Claim, p *progress) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for looks := 0; ; looks++ {
			alive, err := s.look(ctx, claim, p, looks%progressLooks == 0)
			if err != nil && ctx.Err() == nil {
				s.Log.Warn("progress was not written", "job", claim.Job.ID, "item", claim.Item.Item, "error", err)
			} else if err == nil && !alive {
				cancel(errSuperseded)
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		cancel(context.Canceled)
		<-done
	}
}

// look tells whether the attempt is still the one that runs, and with write how far it is.
func (s *Service) look(ctx context.Context, claim *meta.Claim, p *progress, write bool) (alive bool, err error) {
	if write {
		return s.DB.SetItemProgress(ctx, claim.Job.ID, claim.Item.Item, claim.Item.Attempt, p.message(time.Now()))
	}
	return s.DB.ItemAlive(ctx, claim.Job.ID, claim.Item.Item, claim.Item.Attempt)
}

// openReference opens the reference of the job's store: nil when it has none. Only left normalisation cannot do without.
func (s *Service) openReference(claim *meta.Claim) (contigs *fasta.File, done func(), err error) {
	needed := claim.Job.Normalize && claim.Table.HasAlleles()
	if claim.Source == nil && needed { // it was there when the job was started
		return nil, nil, &userError{"The store has no reference, which left normalization needs. Nothing of the file was imported."}
	}
	if claim.Source == nil {
		return nil, func() {}, nil
	}
	contigs, file, err := s.openFASTA(claim.Source)
	switch {
	case err == nil:
		return contigs, func() { file.Close() }, nil
	case needed:
		s.Log.Error("reference cannot be read", "job", claim.Job.ID, "error", err)
		return nil, nil, userErrorf("The store's reference cannot be read: %s. Nothing of the file was imported.", s.reason(err))
	}
	s.Log.Warn("contigs are not compared with the reference", "job", claim.Job.ID, "error", err)
	return nil, func() {}, nil
}

func (s *Service) openFASTA(source *meta.ReferenceSource) (*fasta.File, *os.File, error) {
	dir, err := s.Folder.ReferenceDir(source.StoreID, source.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("find reference: %w", err)
	}
	file, err := os.Open(filepath.Join(dir, meta.ReferenceFASTA))
	if err != nil {
		return nil, nil, fmt.Errorf("open reference: %w", err)
	}
	index, err := os.Open(filepath.Join(dir, meta.ReferenceIndex))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open reference index: %w", err), file.Close())
	}
	defer index.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open reference: %w", err), file.Close())
	}
	contigs, err := fasta.Open(file, info.Size(), index)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open reference: %w", err), file.Close())
	}
	return contigs, file, nil
}

// attemptDir is where one attempt at an item writes: <table>/data/<job>/<item>/<attempt>.
func (s *Service) attemptDir(job *meta.ImportJob, item, attempt int) (string, error) {
	dir, err := s.jobDir(job)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, strconv.Itoa(item), strconv.Itoa(attempt)), nil
}

// jobDir is the folder of a job's data files, wherever the data folder is now.
func (s *Service) jobDir(job *meta.ImportJob) (string, error) {
	if err := s.Folder.OwnTable(job.TableID, job.Location); err != nil {
		return "", err
	}
	return s.Folder.Path(filepath.Join(job.Location, "data", job.ID))
}

// describeFiles is what state keeps of an item's data files.
func (s *Service) describeFiles(files []column.DataFile) (json.RawMessage, error) {
	named, err := lake.NameFiles(s.Folder, files)
	if err != nil {
		return nil, err
	}
	return json.Marshal(named)
}

// operation is the API's name of what started a job, for the log.
func operation(job *meta.ImportJob) string {
	if job.Kind == meta.Annotations {
		return "StartAnnotationImportJob"
	}
	return "StartVariantImportJob"
}

func summary(t tally) string {
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

// The marks are where an item's statusMessage begins to tell which contigs the reference lacks, then which annotations are not in the table, and
// then what its file holds against the rules.
const (
	strangersMark   = " Contigs not in the store's reference: "
	annotationsMark = " Annotations: "
	acceptedMark    = " Accepted: "
)

// userError is a failure whose text is for the user as it stands.
type userError struct{ text string }

func (e *userError) Error() string { return e.text }

func userErrorf(format string, args ...any) error { return &userError{fmt.Sprintf(format, args...)} }

// stopCause prefers why ctx ended over what broke because of it.
func stopCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// failureMessage is the statusMessage of a failed item: what happened, in AWS's words where it has some, then
// where. What is not the user's to mend is named without our paths.
func failureMessage(err error, source string) string {
	var (
		bad      *vcf.ParseError
		row      *annot.Error
		long     *lineTooLongError
		user     *userError
		object   *blob.Error
		inflated *bgzf.Error
		storage  *storageError
		surveyed *refused
	)
	switch {
	case errors.As(err, &object):
		return object.Error()
	case errors.As(err, &inflated):
		return fmt.Sprintf("Malformed Input. Please check content of input file. %v [%s]", inflated, source)
	case errors.As(err, &storage):
		return fmt.Sprintf("The table could not be written: %s. Nothing of the file was imported. [%s]", storageCause(storage), source)
	case warehouse.LinkOut(err) != "":
		return fmt.Sprintf("The table is not written: the symbolic link %s leads out of the data folder. [%s]", warehouse.LinkOut(err), source)
	case errors.Is(err, warehouse.ErrOutside):
		return fmt.Sprintf("The table is outside of the data folder and is not written; the server's log has its place. [%s]", source)
	case errors.As(err, &surveyed):
		return fmt.Sprintf("%s%s [%s]", inWords(err), surveyed.hint, source)
	case errors.As(err, &bad):
		return fmt.Sprintf("%s%s [%s]", vcfWords(bad), hint(bad.Rule), source)
	case errors.As(err, &row), errors.As(err, &long), errors.As(err, &user):
		return fmt.Sprintf("%v [%s]", err, source)
	}
	return fmt.Sprintf("An internal error ended the import; the server's log has it under the job's id. [%s]", source)
}
