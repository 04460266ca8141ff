package lake

import (
	"slices"

	"github.com/varlake/varlake/internal/table/column"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// NameFiles gives data files as state keeps them: with their names instead of paths.
func NameFiles(in warehouse.Files, files []column.DataFile) ([]column.DataFile, error) {
	return mapPaths(files, in.Name)
}

// FindFiles gives the data files that state keeps, with paths instead of names.
func FindFiles(in warehouse.Files, files []column.DataFile) ([]column.DataFile, error) {
	return mapPaths(files, in.Finder().Path)
}

func mapPaths(files []column.DataFile, to func(string) (string, error)) ([]column.DataFile, error) {
	mapped := slices.Clone(files)
	for i := range mapped {
		var err error
		if mapped[i].Path, err = to(mapped[i].Path); err != nil {
			return nil, err
		}
	}
	return mapped, nil
}
