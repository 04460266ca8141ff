// Package ingest holds the workers behind import jobs: claim an item, read its file, normalise,
// write Parquet, and, when every item of the job is final, commit one Iceberg snapshot and finish the
// job in the same transaction.
//
// One file uses every core. Three kinds of goroutine take part, bounded queues between them:
//
//	reader   decompressed bytes → chunks of whole lines, numbered
//	workers  chunk → records → checks → left-alignment → rows in the worker's own data file
//	ledger   checks in file order what no worker can see alone (sorting), and gathers the counts
//
// Neighbouring chunks go to the same worker as a run, so that a row group covers a narrow region.
package ingest
