package lake

import (
	"context"
	"errors"
	"fmt"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// NotServed says why a table cannot be read, which only who runs the server can mend: Message is a sentence for its
// users.
type NotServed struct {
	Message string
	Err     error // the cause; may be nil
}

// Error gives the message.
func (n *NotServed) Error() string { return n.Message }

// Unwrap gives the cause.
func (n *NotServed) Unwrap() error { return n.Err }

// OpenOwn reads the table of that name as it is now. One whose metadata names what is outside of the data folder is
// refused with a *NotServed, as is all when the folder was replaced.
func OpenOwn(ctx context.Context, in warehouse.Files, name, location, metadataLocation string) (*Snapshot, error) {
	return (*Manifests)(nil).OpenOwn(ctx, in, name, location, metadataLocation, AsOf{})
}

// OpenOwn is the function OpenOwn of the table as it was (see OpenAsOf), and reads no manifest that is kept.
func (m *Manifests) OpenOwn(ctx context.Context, in warehouse.Files, name, location, metadataLocation string,
	when AsOf) (*Snapshot, error) {
	if err := in.OwnMetadata(location, metadataLocation); errors.Is(err, warehouse.ErrNotOwn) {
		return nil, &NotServed{Message: fmt.Sprintf(
			"Table %s is not served: its metadata is recorded to be in a folder that is not the table's. varlake check %[1]s says which.", name)}
	}
	snapshot, err := m.openAsOf(ctx, in, metadataLocation, when)
	if link := warehouse.LinkOut(err); link != "" {
		return nil, &NotServed{Err: err, Message: fmt.Sprintf(
			"Table %s is not served: the symbolic link %s leads out of the data folder; what shall be elsewhere can be mounted.",
			name, link)}
	}
	switch {
	case errors.Is(err, warehouse.ErrOutside):
		return nil, &NotServed{Message: fmt.Sprintf(
			"Table %s is not served: its metadata names files outside of the data folder. varlake check %[1]s has their names.",
			name)}
	case errors.Is(err, warehouse.ErrReplaced):
		return nil, SayReplaced(err)
	case err != nil:
		return nil, fmt.Errorf("open table %s: %w", name, err)
	}
	return snapshot, nil
}

// SayReplaced makes an error that is due to the data folder's replacement one that tells so.
func SayReplaced(err error) error {
	if !errors.Is(err, warehouse.ErrReplaced) {
		return err
	}
	return &NotServed{Message: "Nothing is read or written: " + warehouse.ErrReplaced.Error() + "."}
}
