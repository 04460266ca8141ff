// Package lake keeps tables: the Iceberg v2 metadata over data files, its commits, compactions, expiry and check. Where
// files are is known to package warehouse, and what is in data files to package column. It knows neither what rows mean
// nor who owns a table; the pointer to a table's current metadata is its caller's to keep and to swap.
//
// Tables are not partitioned: by sample, as AWS does it, sample ids would become names of files and folders. Instead
// files say what places and samples they and their row groups hold.
package lake
