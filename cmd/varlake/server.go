package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/varlake/varlake/internal/act/export"
	"github.com/varlake/varlake/internal/act/ops"
	"github.com/varlake/varlake/internal/act/upkeep"
	"github.com/varlake/varlake/internal/act/work"
	"github.com/varlake/varlake/internal/edge/httpapi"
	"github.com/varlake/varlake/internal/source/blob"
	"github.com/varlake/varlake/internal/sql/query"
	"github.com/varlake/varlake/internal/sql/statement"
	"github.com/varlake/varlake/internal/state/access"
	"github.com/varlake/varlake/internal/state/event"
	"github.com/varlake/varlake/internal/state/meta"
	"github.com/varlake/varlake/internal/state/slot"
	"github.com/varlake/varlake/internal/table/lake"
	"github.com/varlake/varlake/internal/table/warehouse"
	"github.com/varlake/varlake/internal/wire/own"
)

const maxOpenQueries = 64 // of an account, those included that wait or are read

// uploadsBucket is the bucket through which `varlake import` hands local files to the server.
const uploadsBucket = "varlake-uploads"

// server is a running Varlake.
type server struct {
	Endpoint string
	paths    dataPaths
	reads    bool  // it only reads, for a command
	still    error // why, when nothing can be written
	info     runtimeInfo
	begun    []string     // the import jobs that it found unfinished, when it serves a command: their ids
	spill    func() error // removes what the spill of a server that only reads is in
	lock     *dataLock
	log      *slog.Logger
	drain    time.Duration
	db       *meta.DB
	folder   *warehouse.Folder
	moved    string // that the folder is not where its metadata says; "" when it is
	work     *work.Service
	upkeep   *upkeep.Service
	engine   *query.Engine
	http     *http.Server
	cut      context.CancelCauseFunc // ends the requests under way
	events   func() error            // stops the delivery of events
	failed   chan error              // the HTTP server's end, when it was not asked for
}

// startServer opens the data folder, resumes unfinished jobs and listens.
func startServer(ctx context.Context, config serverConfig) (_ *server, err error) {
	s := &server{log: config.Log, drain: config.Drain, failed: make(chan error, 1)}
	if s.paths, err = findFolder(config.Data); err != nil {
		return nil, err
	}
	config.Data = s.paths.dir
	limitMemory(config)
	spareRunners()
	if strings.ContainsAny(config.Data, "*?[]{}\x00\n") {
		// DuckDB would read them as patterns, and so other files than the table's.
		return nil, usageError{fmt.Errorf(
			"the data folder's path %q holds one of * ? [ ] { }, which file patterns are made of", config.Data)}
	}
	if err := os.MkdirAll(s.paths.dir, warehouse.OwnDir); err != nil {
		return nil, fmt.Errorf("no data folder can be made at %s: %w", s.paths.dir, pathCause(err))
	}
	take := func() (err error) {
		s.lock, err = lockData(s.paths)
		return err
	}
	if config.Private { // whose command takes turns
		err = take()
	} else {
		err = s.paths.inTurn(ctx, true, take, func(runtimeInfo) error {
			return fmt.Errorf("%s: %w", s.paths.dir, errDataInUse)
		})
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
		}
	}()
	id, err := s.paths.examine(ctx)
	if err != nil {
		return nil, err
	}
	var still *stillError
	if errors.As(writable(s.paths.dir), &still) {
		s.still = still
	}
	if s.reads = s.still != nil || config.Reads; s.reads {
		// a server writes, and of a new folder there is nothing to read
		if fresh, err := s.paths.fresh(); err != nil || fresh || !config.Private {
			return nil, cmp.Or(err, s.still, s.paths.mustExist())
		}
	}
	if s.reads {
		if err := s.openToRead(ctx); err != nil {
			return nil, err
		}
	}
	if !s.reads {
		if err := s.openState(ctx, id, config); err != nil {
			return nil, orStill(s.paths.dir, err)
		}
	}
	if s.moved, err = moved(ctx, s.db, config, s.folder); err != nil {
		return nil, err
	}
	if s.moved != "" && !config.Private {
		config.Log.Warn(s.moved)
	}
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.Endpoint = "http://" + listener.Addr().String()
	if err := s.wire(ctx, config, listener); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// openToRead opens the state for what only reads. Where something can be written, and no server was started on the
// state yet, it is left to openState, which makes what a server works with.
func (s *server) openToRead(ctx context.Context) (err error) {
	if s.db, err = s.paths.openToRead(ctx); err != nil {
		return err
	}
	if s.still == nil {
		if s.reads, err = served(ctx, s.db); err != nil {
			return err
		}
	}
	if !s.reads {
		err = s.db.Close()
		s.db = nil
		return err
	}
	s.folder, err = openFolder(ctx, s.db, s.paths.dir)
	return err
}

// openState opens the state, and takes away what an earlier process left that nobody needs.
func (s *server) openState(ctx context.Context, id string, config serverConfig) (err error) {
	if err := s.paths.closeFolder(config.SharedGroup, config.Private, config.Log); err != nil {
		return err
	}
	for _, dir := range []string{s.paths.uploads(), s.paths.begun()} {
		if err := warehouse.MakeDirs(dir); err != nil {
			return fmt.Errorf("make data folder: %w", err)
		}
	}
	if err := s.paths.emptySpill(); err != nil {
		return fmt.Errorf("empty spill folder: %w", err)
	}
	if err := s.paths.leftovers(); err != nil {
		return err
	}
	if s.db, err = meta.Open(ctx, s.paths.state()); err != nil {
		return err
	}
	if err := s.paths.shareState(); err != nil {
		return err
	}
	if err := s.paths.identify(ctx, s.db, id); err != nil {
		return err
	}
	if s.folder, err = nameFolder(ctx, s.db, s.paths.dir, config.Location); err != nil {
		return err
	}
	uploads, err := s.folder.Inside(uploadsFolder)
	if err != nil {
		return err
	}
	return removeUploads(ctx, s.db, uploads)
}

// wire connects the rooms: state, workers, service, HTTP.
func (s *server) wire(ctx context.Context, config serverConfig, listener net.Listener) (err error) {
	buckets, spill := map[string]string{}, s.paths.spill()
	if s.reads {
		if spill, s.spill, err = s.paths.openSpill(); err != nil {
			return err
		}
	} else if err := writeAWSFiles(ctx, s.db, s.paths, s.Endpoint, config); err != nil {
		return err
	} else {
		buckets[uploadsBucket] = s.paths.uploads()
	}
	for name, dir := range config.Buckets {
		buckets[name] = dir
	}
	stores, err := s.openBlob(ctx, buckets, config)
	if err != nil {
		return err
	}
	results := slot.NewSpill(spill, config.QuerySpill)
	if s.engine, err = query.New(query.Options{
		MemoryLimit: config.QueryMemory, Timeout: config.QueryTimeout, TempDir: spill, Results: results,
		MaxOpen: maxOpenQueries, Spares: config.QuerySpares,
		OnDemand: config.Private, // most commands ask nothing
	}); err != nil {
		return fmt.Errorf("open query engine: %w", err)
	}
	readers, waits := &lake.Readers{}, &slot.Waits{}
	if err := s.startWork(ctx, config, stores, readers, waits); err != nil {
		return err
	}
	readings := access.New(s.db)
	service, err := ops.New(ctx, ops.Config{
		DB: s.db, Access: readings, Region: config.Region, Files: s.folder, Limits: config.Limits, ReadOnly: s.reads,
		LocalFiles: config.LocalFiles, Identify: stores.Identify, Progress: s.work.Progress, Waiting: waits.Waiting,
	})
	if err != nil {
		return err
	}
	if err := s.deliverEvents(ctx, service, config); err != nil {
		return err
	}
	ready, err := newReadiness(s.paths, s.folder, s.db)
	if err != nil {
		return err
	}
	outlets, err := warehouse.NewOutlets(config.Outlets, s.paths.dir)
	if err != nil {
		return usageError{fmt.Errorf("--unload-bucket: %w", err)}
	}
	statements := &statement.Service{DB: s.db, Access: readings, Engine: s.engine, Files: s.folder, Readers: readers,
		Outlets: outlets, MaxUnload: config.MaxUnload, Manifests: &lake.Manifests{}}
	exports := export.NewService(export.Config{DB: s.db, Access: readings, Files: s.folder, Readers: readers,
		Results: results})
	care := upkeep.NewCaretaker(s.upkeep, s.moved)
	handler, err := httpapi.New(httpapi.Config{
		Service: service, Region: config.Region, Log: config.Log, Registry: newRegistry(s.engine),
		Key: keyLookup(s.db), Tags: service.ResourceTags, Ready: ready.Ready, Cause: stateCause, Rates: config.Rates,
		Own: []httpapi.Route{
			httpapi.Stream(own.Query, statements.Query),
			httpapi.Stream(own.Export, exports.Export),
			httpapi.Stream(own.Upkeep, care.Upkeep),
			httpapi.Op(own.Check, care.Check),
		},
	})
	if err != nil {
		return err
	}
	s.http = httpapi.NewServer(handler)
	requests, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	s.cut, s.http.BaseContext = cut, func(net.Listener) context.Context { return requests }
	listener = httpapi.LimitConnections(listener, config.Connections)
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.info = runtimeInfo{Endpoint: s.Endpoint, PID: os.Getpid(), Private: config.Private, Buckets: buckets}
	if s.reads {
		return nil
	}
	return writeRuntimeInfo(s.paths.runtime(), s.info)
}

// deliverEvents begins to send status changes where the configuration says.
func (s *server) deliverEvents(ctx context.Context, service *ops.Service, config serverConfig) error {
	var sinks []event.Sink
	var names []string
	file := io.Closer(nil)
	if config.EventsFile != "" {
		sink, err := event.NewFile(config.EventsFile)
		if err != nil {
			return fmt.Errorf("open events file: %w", err)
		}
		sinks, names, file = append(sinks, sink), append(names, sink.Name()), sink
	}
	if config.EventsWebhook != "" {
		sink, err := event.NewWebhook(config.EventsWebhook, event.WebhookOptions{Secret: config.WebhookSecret})
		if err != nil {
			return usageError{fmt.Errorf("--events-webhook: %w", err)}
		}
		sinks, names = append(sinks, sink), append(names, sink.Name())
	}
	if config.Private { // it serves one command; what it changes waits for the server
		return nil
	}
	if err := s.db.SetSinks(ctx, names...); err != nil {
		return fmt.Errorf("set event sinks: %w", err)
	}
	if len(sinks) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- event.Deliver(ctx, service, sinks, config.Log, s.db.Wrote()) }()
	s.events = func() error {
		cancel()
		err := <-done
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return err
	}
	return nil
}

// removeUploads takes away the local files of commands that did not live to do so, except those of unfinished jobs.
// What is there by other names than blob.UploadFolder makes stays.
func removeUploads(ctx context.Context, db *meta.DB, dir string) error {
	sources, err := db.UnfinishedSources(ctx)
	if err != nil {
		return fmt.Errorf("list unfinished sources: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list uploads: %w", err)
	}
	for _, entry := range entries {
		prefix := "s3://" + uploadsBucket + "/" + entry.Name() + "/"
		if !strings.HasPrefix(entry.Name(), "cli-") ||
			slices.ContainsFunc(sources, func(uri string) bool { return strings.HasPrefix(uri, prefix) }) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("remove upload: %w", err)
		}
	}
	return nil
}

func (s *server) openBlob(ctx context.Context, buckets map[string]string,
	config serverConfig) (*blob.RoleStores, error) {
	own, err := s.paths.own()
	if err != nil {
		return nil, err
	}
	folders, err := blob.NewFolders(buckets, blob.Apart{Folder: s.paths.dir, Own: own})
	if err != nil {
		return nil, usageError{err}
	}
	var s3 *blob.S3
	if config.UseS3 {
		if s3, err = blob.NewS3(ctx, config.S3); err != nil {
			return nil, fmt.Errorf("open S3: %w", err)
		}
	}
	var roles *blob.Roles
	if config.RolesFile != "" {
		if roles, err = blob.LoadRoles(ctx, config.RolesFile); err != nil {
			return nil, usageError{err}
		}
	}
	return blob.NewRoleStores(blob.New(folders, s3), roles, uploadsBucket), nil
}

// Stop drains: no new requests, answers under way are finished unless they take longer than they may, running jobs stop
// and stay to be resumed.
func (s *server) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.drain+10*time.Second)
	defer cancel()
	var errs []error
	if s.upkeep != nil {
		s.upkeep.StopUpkeep() // the answer to a command may wait for it
	}
	if s.http != nil {
		errs = append(errs, s.stopHTTP(ctx))
	}
	if s.work != nil {
		errs = append(errs, s.work.Stop(ctx))
	}
	if s.upkeep != nil {
		s.upkeep.Stop()
	}
	if s.events != nil {
		errs = append(errs, s.events())
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	// Closing the state removes its log, and then the runtime file goes, both by their names: of another folder nothing is
	// removed.
	replaced := s.folder != nil && errors.Is(s.folder.Verify(), warehouse.ErrReplaced)
	if s.db != nil && !replaced {
		errs = append(errs, s.db.Close())
	}
	if s.spill != nil {
		errs = append(errs, s.spill())
	}
	if s.lock != nil && replaced {
		errs = append(errs, warehouse.ErrReplaced, s.lock.Close())
	} else if s.lock != nil {
		if !s.reads {
			if err := os.Remove(s.paths.runtime()); !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

func writeRuntimeInfo(path string, info runtimeInfo) error {
	raw, err := json.Marshal(info)
	if err != nil {
		return fmt.Errorf("describe server: %w", err)
	}
	return writeData(path, raw)
}

// stopHTTP ends the answers under way. Those of clients that do not take them in time are broken off, which is no error
// of the server's.
func (s *server) stopHTTP(ctx context.Context) error {
	drain, cancel := context.WithTimeout(ctx, s.drain)
	defer cancel()
	defer s.cut(httpapi.ErrStopped)
	err := s.http.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("answers that nobody took in time are broken off", "waited", s.drain)
		s.cut(httpapi.ErrStopped)
		err = s.http.Close()
	}
	if err != nil {
		return fmt.Errorf("stop HTTP: %w", err)
	}
	return nil
}
