// Package warehouse is where the files of tables and references are. Names resolves what metadata and rows of state
// call them to paths, and refuses what is none of its own; Files says what can be done with the files at those paths,
// what is permanent and what may be tried again. The rooms above hold these, and no more. A Folder is the one
// implementation by now, which the program opens; package warehousetest holds every one to the same suite.
//
// The files of an import job are in its table's folder from the first byte on, and are files as all others are: an
// attempt that does not count leaves nothing but what JobDir leads to. Nothing of a table is anywhere else on the way.
//
// Two things a place may have beside Files, and need not: Local, as long as DuckDB opens data files by their paths, and
// Disk, where room ends.
package warehouse
