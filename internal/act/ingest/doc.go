// Package ingest reads one file of an import into Parquet data files, or one FASTA into a reference. It knows no queue
// and commits nothing: package work claims the file, says where its data files go, and makes them part of a table.
//
// One file uses every core. Three kinds of goroutine take part, bounded queues between them:
//
//	reader   decompressed bytes → pieces of whole lines, numbered
//	workers  piece → records → checks → left-alignment → rows in the worker's own data file
//	ledger   checks in file order what no worker can see alone (that a contig's records stand together),
//	         and gathers the counts
//
// Neighbouring pieces are dealt to a worker as a hand, so that a row group covers a narrow region.
package ingest
