package ingest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/wire/omics"
)

// fieldKeys are the keys of annotationFields that imports of a format know; HealthOmics has VEP alone. Others are
// ignored, as HealthOmics does.
var fieldKeys = map[omics.StoreFormat]string{omics.FormatVCF: "VEP", omics.FormatTSV: "nullValue",
	omics.FormatGFF: "no key"}

// unknownFields says which keys of a job's annotationFields nothing comes of; empty when there are none.
func unknownFields(job *meta.ImportJob) string {
	known := fieldKeys[cmp.Or(job.Format, omics.FormatVCF)]
	var unknown []string
	for key := range job.AnnotationFields {
		if key != known {
			unknown = append(unknown, strconv.Quote(key))
		}
	}
	slices.Sort(unknown)
	const listed = 3
	more := ""
	switch n := len(unknown); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("annotationFields names %s, which is not known: %s is", unknown[0], known)
	case n > listed:
		unknown, more = unknown[:listed], fmt.Sprintf(" and %d more", n-listed)
	}
	return fmt.Sprintf("annotationFields names %s%s, which are not known: %s is", strings.Join(unknown, ", "), more, known)
}

// joined are those of several words of a message that are there.
func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), "; ")
}

// unfilled tells what of the annotations that the job asks for is not in the table, or not where its user looks: all of
// the file's, those that the header describes oddly, and those of the unread records.
func (f *vcfFormat) unfilled(unread lines) string {
	key := "INFO/" + f.vepKey
	var said []string
	if f.unannotated != "" {
		said = append(said, key+" "+f.unannotated)
	}
	if f.vep != nil {
		for _, fault := range f.vep.Faults() {
			said = append(said, key+" "+fault)
		}
	}
	switch {
	case unread.count == 1:
		said = append(said, fmt.Sprintf("1 record has %s without the %s fields that the header describes (line %d)", key,
			f.vep.Fields(), unread.first))
	case unread.count > 1:
		said = append(said, fmt.Sprintf(
			"%d records have %s without the %s fields that the header describes (first at line %d)", unread.count, key,
			f.vep.Fields(), unread.first))
	}
	return strings.Join(said, "; ")
}
