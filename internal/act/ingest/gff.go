package ingest

import (
	"fmt"
	"sync"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// gffSchema is the table of an annotation store of GFF files.
var gffSchema = sync.OnceValue(func() *lake.Schema {
	schema, err := lake.NewSchema(gffColumns, []string{"seqid", "start"}, []string{"seqid", "start", "end"})
	if err != nil {
		panic(fmt.Sprintf("a fixed table: %v", err)) // a constant of this program
	}
	return schema
})

// gffColumns are filled by gffRows.line.
var gffColumns = []column.Flat{
	{Name: "importjobid", Type: column.TypeText}, {Name: "seqid", Type: column.TypeText}, {Name: "source",
		Type: column.TypeText},
	{Name: "type", Type: column.TypeText}, {Name: "start", Type: column.TypeLong}, {Name: "end", Type: column.TypeLong},
	{Name: "score", Type: column.TypeDouble}, {Name: "strand", Type: column.TypeText},
	{Name: "phase", Type: column.TypeInt},
	{Name: "id", Type: column.TypeText}, {Name: "name", Type: column.TypeText}, {Name: "alias", Type: column.TypeText},
	{Name: "parent", Type: column.TypeTextList}, {Name: "target", Type: column.TypeText},
	{Name: "gap", Type: column.TypeText},
	{Name: "derivesfrom", Type: column.TypeText}, {Name: "note", Type: column.TypeTextList}, {Name: "dbxref",
		Type: column.TypeTextList},
	{Name: "ontologyterm", Type: column.TypeTextList}, {Name: "is_circular", Type: column.TypeBoolean},
	{Name: "information", Type: column.TypeTextMap},
}

// gffFormat imports GFF3 features. What a directive says holds for the lines after it, so there must be one worker.
type gffFormat struct {
	jobID   string
	contigs *fasta.File // of the store's reference; nil: none
}

func (f *gffFormat) rows(files warehouse.Files, path string) rows {
	return &gffRows{
		strangers: strangers{reference: f.contigs}, jobID: []byte(f.jobID), parser: annot.NewGFF(),
		file: rowFile{files: files, path: path, schema: gffSchema()},
	}
}

func (f *gffFormat) complete(*Tally) {}

// gffRows turns features into rows of the GFF table.
type gffRows struct {
	strangers
	jobID  []byte
	parser *annot.GFF
	file   rowFile
	values []column.Value
	pairs  []column.KV
}

func (w *gffRows) line(text []byte, line int64, r *report) error {
	f, err := w.parser.Line(text, line)
	if err != nil || f == nil {
		return err
	}
	w.meet(f.SeqID, line)
	w.pairs = appendPairs(w.pairs[:0], f.Information)
	w.values = append(w.values[:0],
		column.Value{Text: w.jobID}, optional(f.SeqID), optional(f.Source), optional(f.Type), column.Value{Int: f.Start},
		column.Value{Int: f.End},
		column.Value{Float: f.Score, Null: !f.HasScore}, optional(f.Strand), column.Value{Int: int64(f.Phase),
			Null: !f.HasPhase},
		optional(f.ID), optional(f.Name), optional(f.Alias), column.Value{List: orNil(f.Parent)}, optional(f.Target),
		optional(f.Gap),
		optional(f.DerivesFrom), column.Value{List: orNil(f.Note)}, column.Value{List: orNil(f.Dbxref)},
		column.Value{List: orNil(f.OntologyTerm)},
		column.Value{Bool: f.IsCircular, Null: !f.HasIsCircular}, column.Value{Map: orNil(w.pairs)},
	)
	if err := w.file.write(w.values); err != nil {
		return err
	}
	r.records++
	r.rows++
	return nil
}

func (w *gffRows) finish() error                     { return w.file.finish() }
func (w *gffRows) sync() error                       { return w.file.sync() }
func (w *gffRows) close() ([]column.DataFile, error) { return w.file.close() }
func (w *gffRows) met() *strangers                   { return &w.strangers }
func (w *gffRows) abort()                            { w.file.abort() }

// optional is a text that is NULL when nil.
func optional(text []byte) column.Value { return column.Value{Text: text, Null: text == nil} }
