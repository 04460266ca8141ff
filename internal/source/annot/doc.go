// Package annot reads the rows of annotation stores that are not VCF: GFF3
// features and the rows of TSV, CSV and BED files.
//
// The caller cuts a file into lines and gives them one by one. GFF parses a
// GFF3 file from its first line to its last. A TSV parses rows in any order, so
// that clones of it may share out the chunks of a file. Both keep their buffers:
// once these have grown, a line allocates nothing, and what a line returns refers
// to the line given and to the parser until the next call.
//
// Coordinates returned are 0-based half-open, whatever the file's own convention.
package annot
