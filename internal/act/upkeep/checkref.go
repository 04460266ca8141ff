package upkeep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/varlake/varlake/fasta"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/omics"
	"github.com/varlake/varlake/internal/wire/own"
)

// checkReferences holds the files of references to what the state says of them, and counts the references in result.
func (s *Service) checkReferences(ctx context.Context, request *CheckRequest, result *own.Findings) error {
	references, err := s.DB.EveryReference(ctx, request.Account, request.Store)
	if err != nil {
		return fmt.Errorf("list references: %w", err)
	}
	for i := range references {
		reference := &references[i]
		fault := s.checkReference(ctx, reference, request.Deep)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if fault != nil {
			now, err := s.DB.Reference(ctx, reference.Account, reference.StoreID, reference.ID)
			if errors.Is(err, meta.ErrNotFound) || err == nil && now.Status != omics.ReferenceActive {
				continue // it went meanwhile
			}
			if err != nil {
				return fmt.Errorf("read reference: %w", err)
			}
			note(result, warehouse.Line(s.Files, fmt.Sprintf("reference %s: %v", reference.Name, fault)))
		}
		result.References++
	}
	return nil
}

// checkReference gives what is wrong with a reference's files: their sizes, and that the index is one of a file of that
// size; if deep also the FASTA's MD5, and that the index is what it would be if it were made anew.
func (s *Service) checkReference(ctx context.Context, reference *meta.Reference, deep bool) error {
	dir, err := warehouse.ReferenceDir(s.Files, reference.StoreID, reference.ID)
	if err != nil {
		return err
	}
	bases, index := filepath.Join(dir, meta.ReferenceFASTA), filepath.Join(dir, meta.ReferenceIndex)
	sizes := []int64{reference.SourceBytes, reference.IndexBytes}
	for i, path := range []string{bases, index} {
		file, err := s.Files.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: it is not there", path)
		case err != nil:
			return err
		case file.Bytes != sizes[i]:
			return fmt.Errorf("%s: file has %d bytes, the state says %d", path, file.Bytes, sizes[i])
		}
	}
	if err := s.openBoth(bases, index); err != nil {
		return fmt.Errorf("%s: it is not the index of %s: %w", index, meta.ReferenceFASTA, err)
	}
	if !deep {
		return nil
	}
	digest, faults, err := lookIntoReference(ctx, s.Files, dir)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", bases, err)
	case digest != reference.MD5:
		return fmt.Errorf("%s: file has the MD5 %s, the state says %s", bases, digest, reference.MD5)
	case len(faults) > 0:
		return errors.New(dir + ": " + faults[0])
	}
	return nil
}

// openBoth opens a FASTA by its index, as an import does.
func (s *Service) openBoth(bases, index string) error {
	text, err := s.Files.Open(bases)
	if err != nil {
		return err
	}
	defer text.Close()
	lines, err := s.Files.ReadFile(index)
	if err != nil {
		return err
	}
	_, err = fasta.Open(text, text.Size(), bytes.NewReader(lines))
	return err
}
