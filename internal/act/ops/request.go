package ops

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/varlake/varlake/internal/source/annot"
	"github.com/varlake/varlake/internal/wire/omics"
)

// What requests must have beyond what their model says.

// checkReferenceARN refuses an ARN that is not a reference's.
func checkReferenceARN(text string) error {
	arn, err := omics.ParseARN(text)
	if err != nil {
		return omics.Validation("The reference ARN '%s' is not an ARN.", cut(text, 200))
	}
	if _, _, ok := arn.Reference(); !ok {
		return omics.Validation("The ARN '%s' does not name a reference.", cut(text, 200))
	}
	return nil
}

// checkRole refuses a role that the caller cannot hand on: one of another account's.
func checkRole(ctx context.Context, text string) error {
	arn, err := omics.ParseARN(text)
	if err != nil || arn.Service != "iam" {
		return omics.Validation("The role ARN '%s' does not name a role.", cut(text, 200))
	}
	if arn.Account != omics.CallerFrom(ctx).Account {
		return omics.AccessDenied("Cross-account pass role is not allowed.")
	}
	return nil
}

// checkStoreOptions refuses options that do not fit the format of a store: a TSV store needs a layout, others have
// none.
func checkStoreOptions(format omics.StoreFormat, options *omics.StoreOptions) error {
	var tsv *omics.TsvStoreOptions
	if options != nil {
		tsv = options.TsvStoreOptions
	}
	switch {
	case format != omics.FormatTSV && tsv != nil:
		return omics.Validation("storeOptions.tsvStoreOptions do not apply to the format %s.", format)
	case format == omics.FormatTSV && tsv == nil:
		return omics.Validation("A store of format TSV needs storeOptions.tsvStoreOptions with a schema.")
	}
	return checkLayout("storeOptions.tsvStoreOptions", tsv)
}

// checkVersionOptions is checkStoreOptions for a version, which may leave them to its store.
func checkVersionOptions(format omics.StoreFormat, options *omics.VersionOptions) error {
	if format != omics.FormatTSV {
		return omics.Validation("versionOptions.tsvVersionOptions do not apply to the format %s.", format)
	}
	return checkLayout("versionOptions.tsvVersionOptions", options.TsvVersionOptions)
}

func checkLayout(path string, tsv *omics.TsvStoreOptions) error {
	if tsv == nil {
		return nil
	}
	raw, err := json.Marshal(tsv)
	if err != nil {
		return fmt.Errorf("encode layout: %w", err)
	}
	layout, err := annot.ParseLayout(raw)
	if err == nil {
		err = layout.Check()
	}
	if err != nil {
		return omics.Validation("%s: %s", path, cut(err.Error(), 500))
	}
	return nil
}

func checkReadOptions(options *omics.ReadOptions) error {
	raw, err := json.Marshal(options)
	if err != nil {
		return fmt.Errorf("encode read options: %w", err)
	}
	read, err := annot.ParseReadOptions(raw)
	if err != nil {
		return fmt.Errorf("decode read options: %w", err)
	}
	if err := read.Check(); err != nil { // begins with the member, readOptions.sep
		return omics.Validation("formatOptions.tsvOptions.%s", cut(err.Error(), 500))
	}
	return nil
}
