package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/wire/omics"
)

// createStore makes the table of a store that is CREATING.
func (s *Service) createStore(ctx context.Context, storeID string) error {
	defer s.working(storeID)()
	store, err := s.DB.VariantStoreByID(ctx, storeID)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	if store.Status != omics.StoreCreating { // made before a crash, or being deleted
		return nil
	}
	metadata, err := s.createTable(ctx, store.ID, store.Location, lake.VariantSchema(), storeProperties(&store))
	if err != nil {
		return err
	}
	crashPoint(crashStoreCreate)
	ok, err := s.DB.ActivateStore(ctx, storeID, metadata)
	if err != nil {
		return fmt.Errorf("activate store: %w", err)
	}
	if !ok { // deleted meanwhile: nothing else looks at the folder any more
		return s.Folder.RemoveAll(store.Location)
	}
	return nil
}

// createTable makes a table where there is none, or what a crash left of one. After an error nothing is left. What holds rows is a newer state's,
// and left as it is: ErrOlder.
func (s *Service) createTable(ctx context.Context, id, location string, schema *lake.Schema, properties map[string]string) (metadata string, err error) {
	if err := s.Folder.OwnTable(id, location); err != nil {
		return "", err
	}
	if s.olderThan(location) != "" {
		return "", ErrOlder
	}
	if err := s.Folder.RemoveAll(location); err != nil {
		return "", fmt.Errorf("remove the table of an earlier try: %w", err)
	}
	metadata, err = lake.CreateTable(ctx, s.Folder, location, schema, properties)
	if err != nil {
		err = errors.Join(err, s.Folder.RemoveAll(location))
	}
	return metadata, err
}

// removeTable removes a table's files. What the rows say is outside of the data folder, or another table's, is not this one's: it stays as it is.
func (s *Service) removeTable(id, location, name string) error {
	err := s.Folder.OwnTable(id, location)
	if err == nil {
		err = s.Folder.RemoveAll(location)
	}
	if errors.Is(err, lake.ErrOutside) {
		s.Log.Warn("the files of a deleted table are not of this data folder, or another's, and stay", "store", name, "error", err)
		return nil
	}
	return err
}

// deleteStore removes the files and then the row of a store that is DELETING.
func (s *Service) deleteStore(ctx context.Context, storeID string) error {
	store, err := s.DB.VariantStoreByID(ctx, storeID)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	s.endUpkeep(storeID)
	if s.isWorking(storeID) { // a cancelled job's worker, or the upkeep, has not noticed yet
		return river.JobSnooze(cleanEvery)
	}
	if err := s.removeTable(store.ID, store.Location, store.Name); err != nil {
		return fmt.Errorf("remove the store's files: %w", err)
	}
	crashPoint(crashStoreDelete)
	if _, err := s.DB.DropStore(ctx, storeID); err != nil {
		return fmt.Errorf("drop store: %w", err)
	}
	return nil
}

// createVersion makes the table of a version that is CREATING.
func (s *Service) createVersion(ctx context.Context, versionID string) error {
	defer s.working(versionID)()
	version, err := s.DB.AnnotationVersionByID(ctx, versionID)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	if version.Status != omics.VersionCreating { // made before a crash, or being deleted
		return nil
	}
	schema, err := versionSchema(&version)
	if err != nil {
		return fmt.Errorf("lay out version: %w", err)
	}
	properties, err := s.versionProperties(ctx, &version)
	if err != nil {
		return err
	}
	metadata, err := s.createTable(ctx, version.ID, version.Location, schema, properties)
	if err != nil {
		return err
	}
	crashPoint(crashVersionCreate)
	ok, err := s.DB.ActivateVersion(ctx, versionID, metadata)
	if err != nil {
		return fmt.Errorf("activate version: %w", err)
	}
	if !ok { // deleted meanwhile: nothing else looks at the folder any more
		return s.Folder.RemoveAll(version.Location)
	}
	return nil
}

// versionSchema is the table of a version, as its format has it.
func versionSchema(version *meta.AnnotationVersion) (*lake.Schema, error) {
	switch version.Format {
	case omics.FormatGFF:
		return lake.GFFSchema(), nil
	case omics.FormatTSV:
		layout, err := tsvLayout(version)
		if err != nil {
			return nil, err
		}
		return tsvSchema(layout)
	}
	return lake.VariantSchema(), nil
}

// deleteVersion removes the files and then the row of a version that is DELETING.
func (s *Service) deleteVersion(ctx context.Context, versionID string) error {
	version, err := s.DB.AnnotationVersionByID(ctx, versionID)
	if errors.Is(err, meta.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	return s.removeVersion(ctx, &version)
}

func (s *Service) removeVersion(ctx context.Context, version *meta.AnnotationVersion) error {
	s.endUpkeep(version.ID)
	if s.isWorking(version.ID) { // a cancelled job's worker, or the upkeep, has not noticed yet
		return river.JobSnooze(cleanEvery)
	}
	if err := s.removeTable(version.ID, version.Location, version.TableName); err != nil {
		return fmt.Errorf("remove the version's files: %w", err)
	}
	crashPoint(crashVersionDelete)
	if _, err := s.DB.DropVersion(ctx, version.ID); err != nil {
		return fmt.Errorf("drop version: %w", err)
	}
	return nil
}

// deleteAnnotationStore removes the versions and then the row of a store that is DELETING.
func (s *Service) deleteAnnotationStore(ctx context.Context, storeID string) error {
	versions, err := s.DB.DeletingVersions(ctx, storeID)
	if err != nil {
		return fmt.Errorf("list versions: %w", err)
	}
	for i := range versions {
		if err := s.removeVersion(ctx, &versions[i]); err != nil {
			return err
		}
	}
	if _, err := s.DB.DropAnnotationStore(ctx, storeID); err != nil {
		return fmt.Errorf("drop store: %w", err)
	}
	return nil
}
