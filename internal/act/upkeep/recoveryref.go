package upkeep

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
)

var numericIDForm = regexp.MustCompile(`\A[0-9]{10}\z`)

// references restores the references that are stored: first those that say what they are.
func (r *recovery) references(ctx context.Context) error {
	var silent [][2]string
	root := filepath.Join(r.Files.Dir(), "references")
	err := r.eachEntry(root, func(storeID string) error {
		return r.eachEntry(filepath.Join(root, storeID), func(id string) error {
			if !numericIDForm.MatchString(storeID) || !numericIDForm.MatchString(id) {
				r.note("references/%s/%s is left out: no reference's folder has such a name", storeID, id)
				return nil
			}
			c, err := readReferenceCard(r.Files, filepath.Join(root, storeID, id), storeID, id)
			if err != nil {
				silent = append(silent, [2]string{storeID, id})
				return nil
			}
			r.addReference(c, false)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("recover references: %w", err)
	}
	for _, ids := range silent {
		if err := r.silentReference(ctx, ids[0], ids[1]); err != nil {
			return err
		}
	}
	return nil
}

// eachEntry is eachEntry of a folder of references; one that a link leads out of the data folder from is left out.
func (r *recovery) eachEntry(dir string, do func(name string) error) error {
	err := eachEntry(r.Files, dir, do)
	if link := warehouse.LinkOut(err); link != "" {
		r.note("%s is left out: %v", warehouse.Line(r.Files, dir), err)
		return nil
	}
	return err
}

// readReferenceCard reads what a reference says of itself. Its files are whole then: they are written before.
func readReferenceCard(files warehouse.Files, dir, storeID, id string) (c meta.Card, err error) {
	raw, err := files.ReadFile(filepath.Join(dir, meta.ReferenceCard))
	if err != nil {
		return c, err
	}
	return meta.ParseCard(raw, storeID, id)
}

// silentReference restores a reference that does not say what it is, if its files are whole.
func (r *recovery) silentReference(ctx context.Context, storeID, id string) error {
	dir, err := warehouse.ReferenceDir(r.Files, storeID, id)
	if err != nil {
		r.note("references/%s/%s is left out: %v", storeID, id, err)
		return nil
	}
	digest, faults, err := lookIntoReference(ctx, r.Files, dir)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		r.note("references/%s/%s is left out: %v", storeID, id, err)
		return nil
	case len(faults) > 0:
		r.note("references/%s/%s is left out: %s", storeID, id, faults[0])
		return nil
	}
	bases, err := r.Files.Stat(filepath.Join(dir, meta.ReferenceFASTA))
	if err != nil {
		return fmt.Errorf("recover references: %w", err)
	}
	c := meta.Card{
		Account: meta.AdminAccount, StoreID: storeID, StoreName: "recovered", StoreARN: omics.ReferenceStoreARN(r.Region,
			meta.AdminAccount, storeID),
		ID: id, ARN: omics.ReferenceARN(r.Region, meta.AdminAccount, storeID, id), Name: "recovered_" + id, MD5: digest,
		Job: "0", Created: bases.Modified.UTC(),
	}
	c.StoreCreated = c.Created
	r.note("references/%s/%s does not say what it is: it becomes reference %s of account %s", storeID, id,
		c.Name, c.Account)
	r.addReference(c, false)
	return nil
}

// lookIntoReference reads a reference's FASTA: its MD5, and what is wrong with its index.
func lookIntoReference(ctx context.Context, files warehouse.Files, dir string) (digest string, faults []string,
	err error) {
	text, err := files.Open(filepath.Join(dir, meta.ReferenceFASTA))
	if err != nil {
		return "", nil, err
	}
	defer text.Close()
	hash := md5.New()
	var index bytes.Buffer
	if _, err := fasta.Index(io.TeeReader(&contextReader{ctx, io.NewSectionReader(text, 0, text.Size())}, hash),
		&index); err != nil {
		return "", nil, fmt.Errorf("%s: %w", meta.ReferenceFASTA, err)
	}
	stored, err := files.ReadFile(filepath.Join(dir, meta.ReferenceIndex))
	if err != nil {
		return "", nil, err
	}
	if !bytes.Equal(stored, index.Bytes()) {
		faults = append(faults, meta.ReferenceIndex+" is not the index of "+meta.ReferenceFASTA)
	}
	return hex.EncodeToString(hash.Sum(nil)), faults, nil
}

// contextReader fails once its context has ended.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// addReference restores a reference, and its store. An account has one. lost says that it was not found: a store needs
// one.
func (r *recovery) addReference(c meta.Card, lost bool) {
	state := &r.out.State
	i := slices.IndexFunc(state.ReferenceStores, func(s meta.ReferenceStore) bool {
		return s.Account == c.Account ||
			s.ID == c.StoreID
	})
	switch {
	case i < 0:
		state.ReferenceStores = append(state.ReferenceStores, meta.ReferenceStore{
			ID: c.StoreID, Account: c.Account, ARN: c.StoreARN, Name: c.StoreName, Description: c.StoreDescription,
			Created: c.StoreCreated,
		})
	case state.ReferenceStores[i].ID != c.StoreID || state.ReferenceStores[i].Account != c.Account:
		r.note("references/%s/%s is left out: account %s has another reference store, %s", c.StoreID, c.ID, c.Account,
			state.ReferenceStores[i].ID)
		return
	}
	if slices.ContainsFunc(state.References, func(known meta.Reference) bool {
		return known.ID == c.ID ||
			known.ARN == c.ARN
	}) {
		r.note("references/%s/%s is left out: there is another of its id", c.StoreID, c.ID)
		return
	}
	dir, err := warehouse.ReferenceDir(r.Files, c.StoreID, c.ID)
	switch {
	case err != nil && !lost:
		r.note("references/%s/%s is left out: %v", c.StoreID, c.ID, err)
		return
	case err != nil: // it has no files, wherever they would be
		dir = ""
	}
	state.References = append(state.References, meta.Reference{
		ID: c.ID, StoreID: c.StoreID, Account: c.Account, ARN: c.ARN, Name: c.Name, Description: c.Description, MD5: c.MD5,
		JobID: c.Job, Created: c.Created,
	})
	if dir != "" {
		added := &state.References[len(state.References)-1]
		bases, _ := r.Files.Stat(filepath.Join(dir, meta.ReferenceFASTA))
		index, _ := r.Files.Stat(filepath.Join(dir, meta.ReferenceIndex))
		added.SourceBytes, added.IndexBytes = bases.Bytes, index.Bytes
	}
	r.found("reference %s of account %s", c.Name, c.Account)
}

// reference finds the reference that a store is made for. When that is not there, or nothing says which it is, the
// store gets another: the only one of its account, or one without files.
func (r *recovery) reference(c *tableCard) meta.Reference {
	state := &r.out.State
	var own []meta.Reference
	for _, reference := range state.References {
		if c.referenceARN != "" && reference.ARN == c.referenceARN {
			return reference
		}
		if reference.Account == c.account {
			own = append(own, reference)
		}
	}
	if c.referenceARN == "" && len(own) > 0 {
		r.note("store %s: which reference it is made for is not known; it gets %s", c.storeName, own[0].Name)
		return own[0]
	}
	lost := meta.Card{
		Account: c.account, StoreName: "recovered", StoreID: meta.NewNumericID(), ID: meta.NewNumericID(),
		Name: "lost", Job: "0",
		Created: c.storeCreated, StoreCreated: c.storeCreated,
	}
	if arn, err := omics.ParseARN(c.referenceARN); err == nil {
		if storeID, id, ok := arn.Reference(); ok && arn.Account == c.account && numericIDForm.MatchString(storeID) &&
			numericIDForm.MatchString(id) {
			lost.StoreID, lost.ID = storeID, id
		}
	}
	for _, store := range state.ReferenceStores {
		if store.Account == c.account {
			lost.StoreID = store.ID
			break
		}
		if store.ID == lost.StoreID {
			lost.StoreID = meta.NewNumericID()
		}
	}
	if slices.ContainsFunc(state.References, func(known meta.Reference) bool { return known.ID == lost.ID }) {
		lost.ID = meta.NewNumericID()
	}
	lost.StoreARN, lost.ARN = omics.ReferenceStoreARN(c.region, c.account, lost.StoreID), omics.ReferenceARN(c.region,
		c.account, lost.StoreID, lost.ID)
	r.note("store %s: its reference is not there; it gets one without files, %s, with which nothing can be normalised",
		c.storeName, lost.ARN)
	r.addReference(lost, true)
	return state.References[len(state.References)-1]
}
