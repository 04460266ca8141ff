// Package crash ends the process at named points, for tests of recovery with real processes: in builds with the tag
// crash. In others its functions do nothing.
package crash

// The points at which the crash tests end the process, by what is on disk then.
const (
	TableCreate         = "table-create"          // table made, not yet ACTIVE
	ReferenceMidfile    = "reference-midfile"     // reference copied, not yet FINISHED
	ItemMidfile         = "item-midfile"          // some pieces of an item imported
	ItemStopped         = "item-stopped"          // item failed or was cancelled, its files still there
	ItemBeforeFinish    = "item-before-finish"    // files written, item not yet final
	ItemAfterFinish     = "item-after-finish"     // item final
	FinishBeforeCommit  = "finish-before-commit"  // all items final, no snapshot yet
	CommitFile          = "commit-file"           // a manifest, a manifest list or a metadata file written
	FinishAfterMetadata = "finish-after-metadata" // snapshot written, pointer not yet swapped
	CleanMidway         = "clean-midway"          // of a final job's folder a part was removed
	CleanBeforeMark     = "clean-before-mark"     // all was removed, not yet noted
	TableDelete         = "table-delete"          // a table's files removed, its row still there
	StoreDelete         = "store-delete"          // all tables removed, the store's row still there
	FinishAfterCommit   = "finish-after-commit"   // pointer swapped and job final
	CompactAfterFiles   = "compact-after-files"   // compacted files written, no snapshot yet
	CompactAfterMeta    = "compact-after-meta"    // snapshot written, pointer not yet swapped
	CompactAfterSwap    = "compact-after-swap"    // pointer swapped, not yet noted
	ExpireAfterMeta     = "expire-after-meta"     // metadata written, pointer not yet swapped
	ExpireAfterSwap     = "expire-after-swap"     // pointer swapped, files of expired snapshots still there
	RelocateAfterMeta   = "relocate-after-meta"   // metadata for the new place written, pointer not yet swapped
	RelocateAfterSwap   = "relocate-after-swap"   // pointer swapped, metadata for the old place still there
	StateWrite          = "state-write"           // any transaction of the state committed
)
