// Package upkeep looks after tables beside the imports into them: it compacts them, expires snapshots, removes files
// that nothing refers to and what final jobs left, holds tables and references to their record, and tells of tables
// that the state is older than or does not know. Relocate and Recover do their work on a folder that no server serves.
package upkeep
