package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/varlake/varlake/bgzf"
	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/vcf"
)

// ErrNoRows ends a file that has nothing at all, and a job of files without a row.
var ErrNoRows = UserErrorf("Cannot import file with 0 rows.")

// userError is a failure whose text is for the user as it stands.
type userError struct{ text string }

func (e *userError) Error() string { return e.text }

func UserErrorf(format string, args ...any) error { return &userError{fmt.Sprintf(format, args...)} }

// stopCause prefers why ctx ended over what broke because of it.
func stopCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// FailureMessage is the statusMessage of a failed item: what happened, in AWS's words where it has some, then
// where. What is not the user's to mend is named without our paths.
func FailureMessage(err error, source string) string {
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
		return fmt.Sprintf("The table could not be written: %s. Nothing of the file was imported. [%s]",
			storageCause(storage), source)
	case warehouse.LinkOut(err) != "":
		return fmt.Sprintf("The table is not written: the symbolic link %s leads out of the data folder. [%s]",
			warehouse.LinkOut(err), source)
	case errors.Is(err, warehouse.ErrOutside):
		return fmt.Sprintf("The table is outside of the data folder and is not written; the server's log has its place. [%s]",
			source)
	case errors.As(err, &surveyed):
		return fmt.Sprintf("%s%s [%s]", inWords(err), surveyed.hint, source)
	case errors.As(err, &bad):
		return fmt.Sprintf("%s%s [%s]", vcfWords(bad), hint(bad.Rule), source)
	case errors.As(err, &row), errors.As(err, &long), errors.As(err, &user):
		return fmt.Sprintf("%v [%s]", err, source)
	}
	return fmt.Sprintf("An internal error ended the import; the server's log has it under the job's id. [%s]", source)
}

// storageCause is the reason inside a file system's error, without the path: the part that a user may see.
func storageCause(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return "see the server's log"
}
