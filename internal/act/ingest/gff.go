package ingest

import (
	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/table/lake"
)

// gffFormat imports GFF3 features. What a directive says holds for the lines after it, so there must be one worker.
type gffFormat struct {
	jobID   string
	contigs *fasta.File // of the store's reference; nil: none
}

func (f *gffFormat) rows(folder *lake.Folder, path string) rows {
	return &gffRows{
		strangers: strangers{reference: f.contigs}, jobID: []byte(f.jobID), parser: annot.NewGFF(),
		file: rowFile{folder: folder, path: path, schema: lake.GFFSchema()},
	}
}

// gffRows turns features into rows of the GFF table.
type gffRows struct {
	strangers
	jobID  []byte
	parser *annot.GFF
	file   rowFile
	values []lake.Value
	pairs  []lake.KV
}

func (w *gffRows) line(text []byte, line int64, r *report) error {
	f, err := w.parser.Line(text, line)
	if err != nil || f == nil {
		return err
	}
	w.meet(f.SeqID, line)
	w.pairs = appendPairs(w.pairs[:0], f.Information)
	w.values = append(w.values[:0],
		lake.Value{Text: w.jobID}, optional(f.SeqID), optional(f.Source), optional(f.Type), lake.Value{Int: f.Start}, lake.Value{Int: f.End},
		lake.Value{Float: f.Score, Null: !f.HasScore}, optional(f.Strand), lake.Value{Int: int64(f.Phase), Null: !f.HasPhase},
		optional(f.ID), optional(f.Name), optional(f.Alias), lake.Value{List: orNil(f.Parent)}, optional(f.Target), optional(f.Gap),
		optional(f.DerivesFrom), lake.Value{List: orNil(f.Note)}, lake.Value{List: orNil(f.Dbxref)}, lake.Value{List: orNil(f.OntologyTerm)},
		lake.Value{Bool: f.IsCircular, Null: !f.HasIsCircular}, lake.Value{Map: orNil(w.pairs)},
	)
	if err := w.file.write(w.values); err != nil {
		return err
	}
	r.records++
	r.rows++
	return nil
}

func (w *gffRows) finish() error                   { return w.file.finish() }
func (w *gffRows) sync() error                     { return w.file.sync() }
func (w *gffRows) close() ([]lake.DataFile, error) { return w.file.close() }
func (w *gffRows) met() *strangers                 { return &w.strangers }
func (w *gffRows) abort()                          { w.file.abort() }

// optional is a text that is NULL when nil.
func optional(text []byte) lake.Value { return lake.Value{Text: text, Null: text == nil} }
