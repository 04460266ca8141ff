// Package variant is the variant table: its schema, where the FORMAT keys of a VCF file go in it, and records as rows
// and back. A record is a Site, which all its rows share, and a Call for each of its samples; in the words of package
// column a site is a head, a call a tail and the sample ids a series. Positions of sites are 0-based and half-open.
//
// A Shredder lays parsed records out as sites and calls (shred.go, calls.go; what a relaxed rule let through in
// misfit.go), and a Writer makes rows of them. A Survey tells what is in data files without reading their rows, and its
// Reader puts records together again: reader.go opens row groups when their turn comes, cursor.go goes through one,
// batch.go has some of its rows, record.go is what comes out.
package variant
