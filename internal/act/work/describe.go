package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
)

// The properties by which a table says itself what it is, so that a lost state can be rebuilt from the tables (Recovery). Those of the store
// and of the version are as of the table's making; times are RFC 3339.
const (
	propAccount      = "varlake.account"
	propStoreID      = "varlake.store-id"
	propStoreName    = "varlake.store-name"
	propStoreARN     = "varlake.store-arn"
	propStoreText    = "varlake.store-description"
	propStoreCreated = "varlake.store-created"
	propReferenceARN = "varlake.reference-arn"

	// Of the versions of annotation stores alone.
	propVersionID      = "varlake.version-id"
	propVersionName    = "varlake.version-name"
	propVersionARN     = "varlake.version-arn"
	propVersionText    = "varlake.version-description"
	propVersionCreated = "varlake.version-created"
	propFormat         = "varlake.format"
	propStoreOptions   = "varlake.store-options"   // JSON, as in the API
	propVersionOptions = "varlake.version-options" // likewise
)

func (s *Service) tableProperties(ctx context.Context, table *meta.Table) (map[string]string, error) {
	store, err := s.DB.StoreByID(ctx, table.StoreID)
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	properties := map[string]string{
		propAccount: store.Account, propStoreID: store.ID, propStoreName: store.Name, propStoreARN: store.ARN, propStoreText: store.Description,
		propStoreCreated: store.Created.Format(time.RFC3339Nano), propReferenceARN: store.ReferenceARN,
	}
	if table.Kind == meta.Variants {
		return properties, nil
	}
	properties[propVersionID], properties[propVersionName], properties[propVersionARN] = table.ID, table.Version, table.ARN
	properties[propVersionText], properties[propVersionCreated] = table.Description, table.Created.Format(time.RFC3339Nano)
	properties[propFormat] = string(store.Format)
	if store.Options != nil {
		if properties[propStoreOptions], err = jsonText(store.Options); err != nil {
			return nil, err
		}
	}
	if table.Options != nil {
		if properties[propVersionOptions], err = jsonText(table.Options); err != nil {
			return nil, err
		}
	}
	return properties, nil
}

func jsonText(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return string(raw), nil
}

// cardFile lies beside a reference's files and says what they are, as the properties of a table do.
const cardFile = "reference.json"

// card is the content of a cardFile.
type card struct {
	Account          string    `json:"account"`
	StoreID          string    `json:"storeId"`
	StoreName        string    `json:"storeName"`
	StoreDescription string    `json:"storeDescription"`
	StoreARN         string    `json:"storeArn"`
	StoreCreated     time.Time `json:"storeCreated"`
	ID               string    `json:"id"`
	ARN              string    `json:"arn"`
	Name             string    `json:"name"`
	Description      string    `json:"description"`
	MD5              string    `json:"md5"`
	Job              string    `json:"job"`
	Created          time.Time `json:"created"`

	lost bool // it was not found: a store needs one
}

// describeReference writes the card of a reference, in one step.
func (s *Service) describeReference(store *meta.ReferenceStore, r *meta.Reference) error {
	raw, err := json.MarshalIndent(card{
		Account: r.Account, StoreID: r.StoreID, StoreName: store.Name, StoreDescription: store.Description, StoreARN: store.ARN, StoreCreated: store.Created,
		ID: r.ID, ARN: r.ARN, Name: r.Name, Description: r.Description, MD5: r.MD5, Job: r.JobID, Created: r.Created,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	dir, err := s.Folder.ReferenceDir(r.StoreID, r.ID)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, cardFile)
	file, err := s.Folder.OpenNew(path+".new", os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = file.Write(append(raw, '\n'))
	if err == nil {
		err = file.Sync() // or the name may outlive a power failure, and not what it names
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return s.Folder.Move(path+".new", path)
}

// describe has the tables and references of a state from before that was done say what they are. Nothing commits yet. What cannot be written, on a
// full disk for one, is for the next start.
func (s *Service) describe(ctx context.Context) error {
	if done, err := s.DB.Described(ctx); err != nil || done {
		return err
	}
	tables, err := s.DB.EveryTable(ctx)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	var errs []error
	for i := range tables {
		if s.olderThan(tables[i].ID) != "" { // its newer metadata says it
			continue
		}
		if err := s.describeTable(ctx, &tables[i]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", tables[i].Name, err))
		}
	}
	references, err := s.DB.EveryReference(ctx, "", "")
	if err != nil {
		return fmt.Errorf("list references: %w", err)
	}
	for i := range references {
		store, err := s.DB.ReferenceStoreByID(ctx, references[i].StoreID)
		if err == nil {
			err = s.describeReference(&store, &references[i])
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("reference %s: %w", references[i].ID, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		s.Log.Warn("not all tables and references say yet what they are, in case that the state is lost", "error", err)
		return nil
	}
	return s.DB.SetDescribed(ctx)
}

func (s *Service) describeTable(ctx context.Context, table *meta.Table) error {
	before, err := lake.Properties(ctx, s.Folder, table.MetadataLocation)
	if err != nil || before[propStoreID] != "" {
		return err
	}
	properties, err := s.tableProperties(ctx, table)
	if err != nil {
		return err
	}
	next, err := lake.SetProperties(ctx, s.Folder, table.MetadataLocation, properties)
	if err != nil {
		return err
	}
	_, err = s.DB.SwapTable(ctx, *table, next, 0)
	return err
}
