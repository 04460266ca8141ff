package upkeep

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
)

// unknown words which tables and references in the data folder the state knows nothing of, sorted: it is older than
// they are, or another's. What is there without a sign of being whole is what a killed process left. The folders are
// listed before the rows are read: a row is written before its folder is made, and goes after it is gone.
func (s *Service) unknown(ctx context.Context) (findings []string, err error) {
	tables, references, err := s.listFolders()
	if err != nil {
		return nil, fmt.Errorf("list folders of tables and references: %w", err)
	}
	state, err := s.DB.TableState(ctx, "", "")
	if err != nil {
		return nil, err
	}
	for _, table := range state.Tables {
		delete(tables, s.Files.Shown(table.Location))
	}
	if len(tables) > 0 {
		links, err := s.Files.Links()
		if err != nil {
			return nil, err
		}
		for _, dir := range slices.Sorted(maps.Keys(tables)) {
			if lake.IsTable(s.Files, dir) && !links.IsLink(filepath.Base(dir)) && !links.Lead(filepath.Base(dir)) {
				findings = append(findings, dir+": a table that varlake.db does not know")
			}
		}
	}
	for _, ids := range references {
		known, err := s.DB.KnowsReference(ctx, ids[0], ids[1])
		if err != nil {
			return nil, err
		}
		dir, err := warehouse.ReferenceDir(s.Files, ids[0], ids[1])
		if known || err != nil {
			continue
		}
		if c, err := readReferenceCard(s.Files, dir, ids[0], ids[1]); err == nil {
			findings = append(findings, fmt.Sprintf("%s: a reference, %s, that varlake.db does not know", dir, c.Name))
		}
	}
	return findings, nil
}

// UnknownWay is the way out of a state that does not know all of its folder, in words for people.
const UnknownWay = "put the newer varlake.db back, or rebuild it from what is there: varlake recover --whole; if nobody needs it, remove its folder"

// listFolders lists the folders of tables, by their paths, and those of references, by the ids of their store and their
// own.
func (s *Service) listFolders() (tables map[string]bool, references [][2]string, err error) {
	tables = map[string]bool{}
	err = s.eachInside([]string{"tables"}, func(dir, name string) error {
		tables[filepath.Join(dir, name)] = true
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	err = s.eachInside([]string{"references"}, func(_, store string) error {
		return s.eachInside([]string{"references", store}, func(_, id string) error {
			if numericIDForm.MatchString(store) && numericIDForm.MatchString(id) {
				references = append(references, [2]string{store, id})
			}
			return nil
		})
	})
	return tables, references, err
}

// eachInside calls do for what is in a folder of the data folder. One that is a link elsewhere is its owner's, and what
// is no folder is nothing.
func (s *Service) eachInside(elements []string, do func(dir, name string) error) error {
	dir, err := s.Files.Inside(elements...)
	if errors.Is(err, warehouse.ErrOutside) {
		return nil
	}
	if err != nil {
		return err
	}
	return eachEntry(s.Files, dir, func(name string) error { return do(dir, name) })
}
