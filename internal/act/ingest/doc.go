// Package ingest reads one file of an import into Parquet data files, or one FASTA into a reference. It knows no queue
// and commits nothing: package work claims the file, says where its data files go, and makes them part of a table.
//
// One file uses every core. Three kinds of goroutine take part, bounded queues between them:
//
//	reader   decompressed bytes → chunks of whole lines, numbered
//	workers  chunk → records → checks → left-alignment → rows in the worker's own data file
//	ledger   checks in file order what no worker can see alone (that a contig's records stand together),
//	         and gathers the counts
//
// Neighbouring chunks go to the same worker as a run, so that a row group covers a narrow region.
package ingest
