package meta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// The properties by which a table says itself what it is, so that a lost state can be rebuilt from the tables. Those of
// the store and of the version are as of the table's making; times are RFC 3339.
const (
	PropAccount      = "varlake.account"
	PropStoreID      = "varlake.store-id"
	PropStoreName    = "varlake.store-name"
	PropStoreARN     = "varlake.store-arn"
	PropStoreText    = "varlake.store-description"
	PropStoreCreated = "varlake.store-created"
	PropReferenceARN = "varlake.reference-arn"

	// Of the versions of annotation stores alone.
	PropVersionID      = "varlake.version-id"
	PropVersionName    = "varlake.version-name"
	PropVersionARN     = "varlake.version-arn"
	PropVersionText    = "varlake.version-description"
	PropVersionCreated = "varlake.version-created"
	PropFormat         = "varlake.format"
	PropStoreOptions   = "varlake.store-options"   // JSON, as in the API
	PropVersionOptions = "varlake.version-options" // likewise
)

// TableProperties are what a table is to say of itself.
func (db *DB) TableProperties(ctx context.Context, table *Table) (map[string]string, error) {
	store, err := db.StoreByID(ctx, table.StoreID)
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	properties := map[string]string{
		PropAccount: store.Account, PropStoreID: store.ID, PropStoreName: store.Name, PropStoreARN: store.ARN,
		PropStoreText:    store.Description,
		PropStoreCreated: store.Created.Format(time.RFC3339Nano), PropReferenceARN: store.ReferenceARN,
	}
	if table.Kind == Variants {
		return properties, nil
	}
	properties[PropVersionID], properties[PropVersionName], properties[PropVersionARN] = table.ID, table.Version, table.ARN
	properties[PropVersionText], properties[PropVersionCreated] = table.Description, table.Created.Format(time.RFC3339Nano)
	properties[PropFormat] = string(store.Format)
	if store.Options != nil {
		if properties[PropStoreOptions], err = jsonText(store.Options); err != nil {
			return nil, err
		}
	}
	if table.Options != nil {
		if properties[PropVersionOptions], err = jsonText(table.Options); err != nil {
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

// ReferenceCard is the name of a file that lies beside a reference's files and says what they are, as the properties of
// a table do: a Card in JSON.
const ReferenceCard = "reference.json"

// Card is what a reference says of itself.
type Card struct {
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
}

// NewCard is the card of a reference in its store.
func NewCard(store *ReferenceStore, r *Reference) Card {
	return Card{
		Account: r.Account, StoreID: r.StoreID, StoreName: store.Name, StoreDescription: store.Description,
		StoreARN: store.ARN, StoreCreated: store.Created,
		ID: r.ID, ARN: r.ARN, Name: r.Name, Description: r.Description, MD5: r.MD5, Job: r.JobID, Created: r.Created,
	}
}

// AccountForm is what the id of an account looks like.
var AccountForm = regexp.MustCompile(`\A[0-9]{12}\z`)

// ParseCard reads the text of a card. The error is not nil when it is none, or another reference's.
func ParseCard(raw []byte, storeID, id string) (c Card, err error) {
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, err
	}
	if c.StoreID != storeID || c.ID != id || !AccountForm.MatchString(c.Account) || c.Name == "" || c.StoreName == "" {
		return c, errors.New("it is another reference's")
	}
	return c, nil
}
