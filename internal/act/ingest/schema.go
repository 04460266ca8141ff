package ingest

import (
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/wire/omics"
)

// Schema is how a table's files are laid out, as its format has it.
func Schema(table *meta.Table) (*lake.Schema, error) {
	switch table.Format {
	case omics.FormatGFF:
		return gffSchema(), nil
	case omics.FormatTSV:
		layout, err := tsvLayout(table)
		if err != nil {
			return nil, err
		}
		return tsvSchema(layout)
	}
	return variant.Schema(), nil
}
