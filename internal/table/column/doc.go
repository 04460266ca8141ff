// Package column writes, reads and merges Parquet data files, row group by row group. It knows neither what the columns
// mean nor which table a file belongs to: a Schema says how rows lie in a file, a DataFile what a closed one holds.
//
// # A row group under construction
//
// Rows of variants repeat themselves: the columns of a record are the same for each of its samples, and most samples'
// calls are one of a few. So a row is made of a head, which neighbouring rows share, a tail, which any rows may share,
// and a text of a series, which counts up within a head. A table without heads of several rows has heads only, one for
// each row.
//
// Here are seven rows, of a record of four samples and one of three:
//
//	heads                          tails          rows as written
//	entry            rows first    entry          head tail series
//	  0  chr1 1004     4    0        0  0/0 30      0    0   s0
//	  1  chr1 1090     3    4        1  0/1 41      0    0   s1
//	                                 2  1/1 17      0    1   s2
//	series (a head's first text)                    0    0   s3
//	  0  s0                        tail of each     1    0   s0
//	  1  s0                        row, by head     1    1   s1
//	                               0 0 1 0|0 1 2    1    2   s2
//
// The parts:
//   - A leaf is a Parquet column: levels (Dremel's definition and repetition) and the values that are present. It holds
//     entries, not rows: that of each head, or that of each tail, or of the series' leaf the text of each head's first
//     row. Texts are numbers in the leaf's dictionary until there are too many different ones. NULLs may be left out;
//     pad adds them before the next value, or before writing.
//   - heads says in which order rows are written, and tails which tail each row has. Sorting a row group moves these
//     numbers, never the values.
//   - A stretch is entries that follow each other, so that a page takes them with one copy. Above, the rows' tails are
//     the stretches 0, 0 to 1, 0 and 0 to 2. arrange finds them; when there would be more than one for four rows, as
//     here, there are none, and gatherAlike goes row by row, taking neighbours of one shape (as many values, no NULLs)
//     together.
//
// What is written when: fileWriter.added looks at the memory taken from time to time. When the row group is full, flush
// sorts the heads, arranges, notes the bounds of the file's columns, and parquetFile writes one column chunk after the
// other. chunkWriter picks its encoding (a dictionary, or plain) and turns entries into rows on the way into pages:
//
//	nothing but NULLs                nulls: two runs
//	leaf of the series               series: a head's numbers count up, blocks of like heads are packed once and copied
//	leaf of tails                    gather: by stretches, or row by row
//	heads of four rows or more       repeatHeads: a head's levels and numbers are packed once, as often as it has rows
//	heads moved, or of few rows      gather
//	heads are the rows, in order     all: as they stand
//
// hybrid packs levels and numbers as Parquet's RLE/bit-packing hybrid. The footer and, after the last row group, the
// bloom filters end the file.
//
// # Reading
//
// Rows reads a row group a few rows at a time, each a head and a tail of its own; Batch gives their values. Merge puts
// runs of sorted rows together, and finds heads and tails again among neighbours, so that its files are as small as
// those of the writers.
package column
