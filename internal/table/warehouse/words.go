package warehouse

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// maxReason bounds the reason of a failure, in bytes.
const maxReason = 500

// placeForm finds paths of this machine.
var placeForm = regexp.MustCompile(`(^|[\s"'(=:])/`)

// NamesPlace tells whether a text has a path of this machine, which is nothing to the API's users.
func NamesPlace(text string) bool { return placeForm.MatchString(text) }

// Line makes a finding one line, with files named from the data folder on.
func Line(names Names, finding string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(finding, names.Dir()+string(filepath.Separator), "")), " ")
}

// WithoutPlaces takes from a text the places of the data folder, as it is and as metadata calls it: files are named
// from there on.
func WithoutPlaces(names Names, text string) string {
	for _, place := range append(names.Locations(), names.Dir()) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "file://"+place+"/", ""), place+"/", "")
	}
	return text
}

// Within names a file from the data folder on; ok is false for one elsewhere.
func Within(names Names, path string) (name string, ok bool) {
	name, err := filepath.Rel(names.Dir(), path)
	return name, err == nil && filepath.IsLocal(name)
}

// Reason is why work failed for good, for its user: the file from the data folder on and the cause, and no other path.
func Reason(names Names, err error) string {
	var path *fs.PathError
	switch {
	case LinkOut(err) != "":
		return fmt.Sprintf("the symbolic link %s leads out of the data folder", LinkOut(err))
	case errors.Is(err, ErrNotOwn):
		return "the table's metadata is recorded to be in another table's folder, and is not touched; varlake check says where"
	case errors.Is(err, ErrOutside):
		return "the table is outside of the data folder and is not touched; the server's log has its place"
	case errors.As(err, &path):
		if name, ok := Within(names, path.Path); ok {
			return name + ": " + path.Err.Error()
		}
		return path.Err.Error()
	}
	text := WithoutPlaces(names, strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, err.Error()))
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	if strings.HasPrefix(text, "panic: ") || NamesPlace(text) {
		return "an internal error; the server's log has it"
	}
	return text
}
