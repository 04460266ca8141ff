package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/vcf"
)

// Reader reads files of imports and references. It is safe for concurrent use, but by tests that change it.
type Reader struct {
	Blob  *blob.RoleStores
	Files warehouse.Files
	Log   *slog.Logger

	Workers           int       // goroutines that parse and write, for each file
	Pace              slot.Pace // bounds how many of those of all files compute at one time
	MaxItemBytes      int64     // size of one source file, as stored
	MaxReferenceBytes int64     // size of one reference, uncompressed
	Relaxed           vcf.Rules // what a file may hold against them is accepted and counted
}

// File is the open source of an import item, and where its rows go.
type File struct {
	*Reader
	claim  *meta.Claim
	dir    string
	object blob.Object
}

// Open opens the source of a claimed item for data files below dir, where a state of before, or of a copy, may have
// left some under this number. The first attempt to learn the identity of the source has pin note it, whose error ends
// this one.
func (r *Reader) Open(ctx context.Context, claim *meta.Claim, dir string, pin func(tag string) error) (*File, error) {
	if err := r.Files.RemoveTree(dir); err != nil {
		return nil, &storageError{err}
	}
	object, err := r.openSource(ctx, reads{claim.Job.Account, claim.Job.RoleARN, claim.Job.ID}, claim.Item.Source, pin)
	if err != nil {
		return nil, err
	}
	if object.Size() > r.MaxItemBytes {
		object.Close()
		return nil, UserErrorf("the file has %d bytes; the limit is %d", object.Size(), r.MaxItemBytes)
	}
	return &File{Reader: r, claim: claim, dir: dir, object: object}, nil
}

// Size is that of the source, as stored, in bytes.
func (f *File) Size() int64 { return f.object.Size() }

// Close closes the source.
func (f *File) Close() error { return f.object.Close() }

// Import reads the file into data files, and tells p how far it is. After an error there are none, and FailureMessage
// has its words; one that comes of ctx's end is ctx's cause.
func (f *File) Import(ctx context.Context, p *Progress) (Tally, error) {
	source := f.object.Reader(ctx, 0)
	defer source.Close()
	text := bgzf.Open(source, f.Workers)
	defer text.Close()
	total, err := f.importFile(ctx, f.claim, text, f.dir, p)
	if err != nil {
		err = f.surveyRows(ctx, f.claim, f.object, f.survey(ctx, f.claim, f.object, err))
	}
	return total, err
}

// importFile imports a file of the job's format.
func (r *Reader) importFile(ctx context.Context, claim *meta.Claim, inflated *bgzf.Reader, dir string,
	p *Progress) (Tally, error) {
	text := bufio.NewReaderSize(inflated, headBytes)
	head, _ := text.Peek(foreignBytes) // an error comes again where the lines are read
	if err := refuseForeign(foreign, head, claim.Job.Format); err != nil {
		return Tally{}, err
	}
	head = bytes.Clone(head)
	contigs, closeReference, err := r.openReference(claim)
	if err != nil {
		return Tally{}, err
	}
	defer closeReference()
	pipe := pipeline{files: r.Files, dir: dir, workers: r.Workers, relaxed: r.Relaxed, reference: contigs, progress: p,
		pace: r.Pace, consumed: inflated.Consumed}
	var reference fasta.Reference // nil: no left normalisation
	if claim.Job.Normalize {
		reference = contigs
	}
	var source *lineReader
	switch claim.Job.Format {
	case omics.FormatGFF:
		pipe.workers = 1 // directives count for what follows them
		pipe.format, source = &gffFormat{jobID: claim.Job.ID, contigs: contigs}, &lineReader{text, 1, '\n'}
	case omics.FormatTSV:
		var f *tsvFormat
		f, source, err = openTSV(claim, text, reference, r.Relaxed)
		if f != nil {
			f.contigs = contigs
		}
		pipe.format = f
	default:
		pipe.format, source, err = openVCF(claim, text, reference, r.Relaxed)
	}
	if err == nil && source.number == 1 { // no line was taken for a header
		if _, err = source.Peek(1); errors.Is(err, io.EOF) {
			err = ErrNoRows
		}
	}
	if err != nil {
		return Tally{}, stopCause(ctx, foreignRows(err, head, claim.Job.Format, math.MaxInt64-1))
	}
	pipe.end = source.terminator
	total, err := pipe.run(ctx, source, source.number)
	err = foreignRows(err, head, claim.Job.Format, source.number)
	pipe.format.complete(&total)
	total.Unfilled = joined(unknownFields(&claim.Job), total.Unfilled)
	return total, err
}

// openReference opens the reference of the job's store: nil when it has none. Only left normalisation cannot do
// without.
func (r *Reader) openReference(claim *meta.Claim) (contigs *fasta.File, done func(), err error) {
	needed := claim.Job.Normalize && claim.Table.HasAlleles()
	if claim.Source == nil && needed { // it was there when the job was started
		return nil, nil, &userError{
			"The store has no reference, which left normalization needs. Nothing of the file was imported."}
	}
	if claim.Source == nil {
		return nil, func() {}, nil
	}
	contigs, file, err := r.openFASTA(claim.Source)
	switch {
	case err == nil:
		return contigs, func() { file.Close() }, nil
	case warehouse.Away(err):
		return nil, nil, fmt.Errorf("open the store's reference: %w", err)
	case needed:
		r.Log.Error("reference cannot be read", "job", claim.Job.ID, "error", err)
		return nil, nil, UserErrorf("The store's reference cannot be read: %s. Nothing of the file was imported.",
			warehouse.Reason(r.Files, err))
	}
	r.Log.Warn("contigs are not compared with the reference", "job", claim.Job.ID, "error", err)
	return nil, func() {}, nil
}

func (r *Reader) openFASTA(source *meta.ReferenceSource) (*fasta.File, io.Closer, error) {
	dir, err := warehouse.ReferenceDir(r.Files, source.StoreID, source.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("find reference: %w", err)
	}
	file, err := r.Files.Open(filepath.Join(dir, meta.ReferenceFASTA))
	if err != nil {
		return nil, nil, fmt.Errorf("open reference: %w", err)
	}
	index, err := r.Files.ReadFile(filepath.Join(dir, meta.ReferenceIndex))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open reference index: %w", err), file.Close())
	}
	contigs, err := fasta.Open(file, file.Size(), bytes.NewReader(index))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open reference: %w", err), file.Close())
	}
	return contigs, file, nil
}
