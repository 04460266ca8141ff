package upkeep

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/variant"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

// Recovery is what a data folder tells of its state when that is lost.
type Recovery struct {
	State meta.Restored
	Found []string // what is restored, one line each
	Notes []string // what is not as it was, or cannot be known, one line each
}

// RecoveryOptions say where to look, and what is known otherwise. Nothing is written there.
type RecoveryOptions struct {
	Files  warehouse.Files   // called by where they are
	Region string            // of ARNs, where nothing says another
	Names  map[string]string // of the stores whose tables do not say it, by the name of the table's folder
	Keys   []meta.AccessKey  // that are known otherwise
	GFF    []lake.Column     // of the tables of GFF files
}

// Recover reads the tables and references of a data folder and works out the state that they had: stores, versions,
// references and, as far as snapshots tell of them, import jobs. Each table is taken as its newest whole metadata has
// it.
func Recover(ctx context.Context, options RecoveryOptions) (*Recovery, error) {
	r := recovery{RecoveryOptions: options, names: map[string]bool{}, stores: map[string]int{},
		jobTables: map[string]string{}}
	r.out.State.Keys = options.Keys
	if err := r.references(ctx); err != nil {
		return nil, err
	}
	tables := filepath.Join(r.Files.Dir(), warehouse.Tables)
	err := eachEntry(r.Files, tables, func(name string) error {
		if lake.IsTable(r.Files, filepath.Join(tables, name)) {
			return r.table(ctx, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("recover tables: %w", err)
	}
	slices.SortStableFunc(r.out.State.Jobs, func(a, b meta.RestoredJob) int { return a.Created.Compare(b.Created) })
	return &r.out, nil
}

// recovery is a Recovery under way.
type recovery struct {
	RecoveryOptions
	out       Recovery
	names     map[string]bool   // account, kind and name of stores
	stores    map[string]int    // id of a store → its place in the state
	jobTables map[string]string // id of a job → its table
}

func (r *recovery) found(format string, args ...any) {
	r.out.Found = append(r.out.Found, fmt.Sprintf(format, args...))
}

func (r *recovery) note(format string, args ...any) {
	r.out.Notes = append(r.out.Notes, fmt.Sprintf(format, args...))
}

// tableCard is what a table's properties say of its store.
type tableCard struct {
	account, region                 string
	storeID, storeName, storeText   string
	storeCreated, created           time.Time
	referenceARN                    string
	version                         bool // it is the table of a version
	versionID, versionName, verText string
	format                          omics.StoreFormat
	storeOptions                    *omics.StoreOptions
	versionOptions                  *omics.VersionOptions
}

var (
	storeIDForm = regexp.MustCompile(`\A[0-9a-f]{12}\z`)
	nameForm    = regexp.MustCompile(`\A[a-z][a-z0-9_]{2,254}\z`)
)

var formats = []omics.StoreFormat{omics.FormatVCF, omics.FormatGFF, omics.FormatTSV}

// readCard reads the properties of the table in the folder of that name. An error when they are none, or another
// table's.
func (r *recovery) readCard(folder string, found *lake.Found) (c tableCard, err error) {
	p := found.Properties
	c = tableCard{
		account: p[meta.PropAccount], region: r.Region, storeID: p[meta.PropStoreID], storeName: p[meta.PropStoreName],
		storeText:    p[meta.PropStoreText],
		referenceARN: p[meta.PropReferenceARN], versionID: p[meta.PropVersionID], versionName: p[meta.PropVersionName],
		verText: p[meta.PropVersionText],
		format:  omics.StoreFormat(p[meta.PropFormat]),
	}
	c.version = c.versionID != ""
	if c.storeID == "" {
		return c, errors.New("it does not say what it is")
	}
	id := c.storeID
	if c.version {
		id = c.versionID
	}
	arn, arnErr := omics.ParseARN(p[meta.PropStoreARN])
	c.storeCreated, err = time.Parse(time.RFC3339Nano, p[meta.PropStoreCreated])
	if c.created = c.storeCreated; c.version && err == nil {
		c.created, err = time.Parse(time.RFC3339Nano, p[meta.PropVersionCreated])
	}
	switch {
	case id != folder || !storeIDForm.MatchString(c.storeID):
		return c, fmt.Errorf("it says that it is another table, %s", id)
	case !meta.AccountForm.MatchString(c.account) || !nameForm.MatchString(c.storeName) || c.version &&
		(!nameForm.MatchString(c.versionName) || !slices.Contains(formats, c.format)) || arnErr != nil || err != nil:
		return c, errors.New("what it says of itself cannot be read")
	}
	c.region = arn.Region
	if err := decodeOption(p[meta.PropStoreOptions], &c.storeOptions); err != nil {
		return c, err
	}
	return c, decodeOption(p[meta.PropVersionOptions], &c.versionOptions)
}

func decodeOption[T any](text string, into **T) error {
	if text == "" {
		return nil
	}
	*into = new(T)
	if err := json.Unmarshal([]byte(text), *into); err != nil {
		return fmt.Errorf("its options cannot be read: %w", err)
	}
	return nil
}

// guessCard makes up what a table is that does not say so.
func (r *recovery) guessCard(folder string, found *lake.Found) tableCard {
	c := tableCard{account: meta.AdminAccount, region: r.Region, storeID: folder, storeCreated: found.Updated,
		created: found.Updated}
	if len(found.Snapshots) > 0 {
		c.created = found.Snapshots[0].Time
		c.storeCreated = c.created
	}
	c.storeName = cmp.Or(r.Names[folder], "recovered_"+folder)
	if variant.Describes(found.Columns) {
		return c
	}
	c.version, c.versionID, c.versionName, c.storeID, c.format = true, folder, c.storeName, meta.NewStoreID(),
		omics.FormatGFF
	if !slices.Equal(found.Columns, r.GFF) {
		c.format, c.storeOptions = omics.FormatTSV, &omics.StoreOptions{TsvStoreOptions: guessTSV(found.Columns)}
	}
	return c
}

// guessTSV makes up the options of a TSV store from the columns of its table. Which of them are a row's place nothing
// says.
func guessTSV(columns []lake.Column) *omics.TsvStoreOptions {
	types := map[string]omics.SchemaValueType{
		"VARCHAR": omics.SchemaString, "INTEGER": omics.SchemaInt, "BIGINT": omics.SchemaLong, "FLOAT": omics.SchemaFloat,
		"DOUBLE": omics.SchemaDouble, "BOOLEAN": omics.SchemaBoolean,
	}
	generic := omics.AnnotationGeneric
	options := &omics.TsvStoreOptions{AnnotationType: &generic}
	for _, column := range columns {
		if t, ok := types[column.Type]; ok && column.Name != "importjobid" {
			options.Schema = append(options.Schema, map[string]omics.SchemaValueType{column.Name: t})
		}
	}
	return options
}

// table restores the store or version of the table in a folder.
func (r *recovery) table(ctx context.Context, folder string) error {
	if !storeIDForm.MatchString(folder) {
		r.note("tables/%s is left out: no store's folder has such a name", folder)
		return nil
	}
	found, err := lake.Newest(ctx, r.Files, r.Files.TableName(folder))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		r.note("tables/%s is left out: %v", folder, err)
		return nil
	}
	for _, passed := range found.Passed {
		r.note("tables/%s: a newer state of the table is not whole and was passed over: %s", folder, passed)
	}
	if len(found.Strange) > 0 {
		strange := found.Strange[len(found.Strange)-1]
		r.note("tables/%s: %s is not of its history and tells of %d imports that it does not have, the last job %s at %s: they stay as they are, and the table counts as newer than its state",
			folder, filepath.Base(strange.Path), len(strange.Jobs), strange.Jobs[len(strange.Jobs)-1].Job,
			strange.Jobs[len(strange.Jobs)-1].Time.Format(time.RFC3339))
	}
	for _, location := range found.Locations {
		if !slices.Contains(r.out.State.Locations, location) {
			r.out.State.Locations = append(r.out.State.Locations, location)
		}
	}
	c, err := r.readCard(folder, found)
	if err != nil {
		c = r.guessCard(folder, found)
		r.note("tables/%s: %v: it becomes store %s of account %s, its columns say what kind (--name %s=NAME gives it another name)",
			folder, err, c.storeName, c.account, folder)
	}
	r.add(c, found)
	return nil
}

// freeName gives a store another name when an earlier one has it.
func (r *recovery) freeName(kind meta.Kind, c *tableCard) {
	key := c.account + " " + string(kind) + " "
	if r.names[key+c.storeName] {
		r.note("there are two stores %s of account %s; one becomes %s", c.storeName, c.account, "recovered_"+c.storeID)
		c.storeName = "recovered_" + c.storeID
	}
	r.names[key+c.storeName] = true
}

// add restores the table of a card, and its store unless that is restored already.
func (r *recovery) add(c tableCard, found *lake.Found) {
	at, ok := r.stores[c.storeID]
	if !ok {
		at = r.addStore(&c, found)
	}
	store := &r.out.State.Stores[at]
	table := meta.Table{
		ID: store.ID, StoreID: store.ID, StoreName: store.Name, Account: store.Account, Kind: store.Kind,
		Format:    store.Format,
		Namespace: meta.Namespace(store.Kind, store.Account, store.ID), Location: found.Location, SizeBytes: found.Bytes,
		Created: c.created, Updated: found.Updated, MetadataLocation: found.MetadataLocation,
	}
	if c.version {
		table.ID, table.Version, table.Description, table.Options = c.versionID, c.versionName, c.verText, c.versionOptions
		table.ARN = omics.AnnotationStoreVersionARN(c.region, store.Account, store.Name, c.versionName)
	}
	table.Name = meta.TableName(store.Name, table.Version)
	if slices.ContainsFunc(r.out.State.Tables, func(t meta.Table) bool {
		return t.StoreID == store.ID &&
			t.Version == table.Version
	}) {
		r.note("tables/%s is left out: store %s has a version %s already", table.ID, store.Name, table.Version)
		return
	}
	r.out.State.Tables = append(r.out.State.Tables, table)
	updated := found.Updated.Format(time.RFC3339)
	if c.version {
		r.found("version %s of annotation store %s (%s) of account %s: %d rows, as of %s", table.Version, store.Name,
			store.Format, store.Account, found.Rows, updated)
	} else {
		r.found("variant store %s of account %s: %d rows, as of %s", store.Name, store.Account, found.Rows, updated)
	}
	r.jobs(&table, found)
}

// addStore restores the store of a card, and gives its place in the state.
func (r *recovery) addStore(c *tableCard, found *lake.Found) int {
	store := meta.Store{ID: c.storeID, Account: c.account, Kind: meta.Variants, Format: omics.FormatVCF,
		Description: c.storeText, Created: c.storeCreated, Updated: found.Updated}
	if c.version {
		store.Kind, store.Format, store.Options = meta.Annotations, c.format, c.storeOptions
	}
	r.freeName(store.Kind, c)
	if store.Kind == meta.Variants || c.referenceARN != "" {
		store.ReferenceARN = r.reference(c).ARN
	}
	store.Name, store.ARN = c.storeName, omics.VariantStoreARN(c.region, c.account, c.storeName)
	if c.version {
		store.ARN = omics.AnnotationStoreARN(c.region, c.account, c.storeName)
	}
	r.stores[store.ID] = len(r.out.State.Stores)
	r.out.State.Stores = append(r.out.State.Stores, store)
	return r.stores[store.ID]
}

// jobs restores the import jobs that a table's snapshots name.
func (r *recovery) jobs(table *meta.Table, found *lake.Found) {
	for _, snapshot := range found.Snapshots {
		if other, ok := r.jobTables[snapshot.Job]; ok {
			r.note("job %s is in two tables, of which one is a copy, perhaps; it stays a job of %s", snapshot.Job, other)
			continue
		}
		r.jobTables[snapshot.Job] = table.Name
		job := meta.ImportJob{
			ID: snapshot.Job, Account: table.Account, Kind: table.Kind, StoreID: table.StoreID, StoreName: table.StoreName,
			TableID:     table.ID,
			VersionName: table.Version, Namespace: table.Namespace, Table: table.Name, Location: table.Location,
			Format:  table.Format,
			RoleARN: "arn:aws:iam::" + table.Account + ":role/unknown", Created: snapshot.Time,
			StatusMessage: "Recovered from the table; its files and options are not known any more.",
		}
		r.out.State.Jobs = append(r.out.State.Jobs, meta.RestoredJob{ImportJob: job, Rows: snapshot.Rows})
	}
}
