// Package tabix reads, writes and queries the indexes of position-sorted text files compressed by bgzip: VCF, GFF, BED,
// SAM and other tables by contig, begin and end. It knows both formats: TBI ("The Tabix index file format", hts-specs
// tabix.tex) for positions below 2^29, and CSI (hts-specs CSIv1.tex) for longer contigs.
//
// A contig is halved three times a level into bins, each of which lists the stretches (chunks) of the file with the
// records that fit into no smaller bin. Of a CSI of depth 2 whose smallest bins span 2^14 bases:
//
//	level 0  bin 0                                                       2^20 bases
//	level 1  bins 1 to 8                                                 2^17 bases each
//	level 2  bins 9 to 72                                                2^14 bases each
//
// TBI is always of depth 5 and 2^14. A query looks at the bins that overlap it, and leaves out what ends before the
// first record that reaches into its first bin: TBI keeps that offset for each 2^14 bases (the linear index), CSI with
// each bin.
//
// A Builder makes an Index while a file is written, ReadIndex reads one, Index.Write writes it, Index.Chunks answers
// with virtual offsets and File.Query with lines. Positions are 0-based and half-open everywhere, whatever the file's
// lines have; offsets are bgzf.VirtualOffset.
package tabix
