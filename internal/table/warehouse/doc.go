// Package warehouse is where table files are. A Folder resolves the names that metadata and rows of state have for them
// to paths, and refuses what is none of its own; Files says what can be done with the files at those paths, what is
// permanent and what may be tried again. A Folder is the one implementation by now; package warehousetest holds every
// one to the same suite.
package warehouse
