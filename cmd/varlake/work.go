package main

import (
	"context"
	"fmt"

	"github.com/varlake/varlake/internal/act/ingest"
	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/act/work"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/state/crash"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
)

// startWork begins the work on tables: upkeep first, which looks at what an earlier process left, then the queue. A
// server that only reads has both look and do nothing.
func (s *server) startWork(ctx context.Context, config serverConfig, stores *blob.RoleStores, readers *lake.Readers,
	waits *slot.Waits) (err error) {
	crashInside(s.db)
	tables, older := slot.NewTables(), new(meta.Older)
	plan := config.Upkeep
	plan.Off = plan.Off || config.Private // it would be ended with the command
	s.upkeep = upkeep.New(upkeep.Config{
		DB: s.db, Files: s.folder, Log: config.Log, Tables: tables, Older: older, Waits: waits, Readers: readers,
		Schema: ingest.Schema, Workers: config.Workers, Plan: plan, Idle: s.reads,
	})
	if err := s.upkeep.Look(ctx); err != nil {
		return err
	}
	ownBuckets := ""
	if config.Private {
		ownBuckets = "s3://" + uploadsBucket + "/"
		if s.begun, err = s.db.UnfinishedJobs(ctx); err != nil {
			return fmt.Errorf("list unfinished jobs: %w", err)
		}
	}
	s.work = work.New(work.Config{
		DB: s.db, Files: s.folder, Region: config.Region, Log: config.Log, Tables: tables, Older: older, Waits: waits,
		Reader: &ingest.Reader{
			Blob: stores, Files: s.folder, Log: config.Log, Workers: config.Workers, Pace: make(slot.Pace, cores),
			MaxItemBytes: config.MaxItemBytes, MaxReferenceBytes: config.MaxReferenceBytes, Relaxed: config.Relaxed,
		},
		Items: config.Items, OwnBuckets: ownBuckets,
	})
	if s.reads {
		return nil
	}
	if err := s.work.Start(ctx); err != nil {
		return err
	}
	s.upkeep.Start()
	return nil
}

// crashInside makes points to end at of what rooms write that know of none.
func crashInside(db *meta.DB) {
	if hook := crash.Hook(crash.StateWrite); hook != nil {
		db.Committed = hook
	}
	if hook := crash.Hook(crash.CommitFile); hook != nil {
		lake.MetadataWritten = hook
	}
}
