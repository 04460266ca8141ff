// Package lake writes and describes the tables: Parquet data files of a Schema, and the Iceberg v2 metadata that makes
// them a table. It knows neither VCF, GFF and TSV nor who owns a table; the pointer to a table's current metadata is
// its caller's to keep and to swap.
//
// Tables are not partitioned: by sample, as AWS does it, sample ids would become names of files and folders. Instead
// files say what regions and samples they and their row groups hold, and row groups of variants have a bloom filter of
// samples.
package lake
