// Package variant is the variant table: its schema, where the FORMAT keys of a VCF file go in it, and records as rows and back. A record is a Site,
// which all its rows share, and a Call for each of its samples; in the words of package column a site is a head, a call a tail and the sample ids
// a series. Positions of sites are 0-based and half-open.
//
// A Writer turns records into rows. A Survey tells what is in data files without reading their rows, and its Reader puts records together again.
package variant
