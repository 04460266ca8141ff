// Package work works the queue: it claims what is to be read and has package ingest read it, and, when every item of a
// job is final, commits one Iceberg snapshot and finishes the job in the same transaction. It makes the tables of new
// stores and versions, and drops those of deleted ones.
//
// Work that fails is judged: what cannot get better ends FAILED with a reason, what may get better waits and is tried
// again.
package work
