package column

// Writer writes one data file of a table of nested columns, as heads and tails. Of each head the caller makes the entry
// of every leaf that is not NULL with At, of each tail likewise, and Add ends the head with its rows. It is for one
// goroutine. After an error it is only good for Abort.
type Writer struct {
	fileWriter
}

// NewWriter writes to a new file.
func NewWriter(sink Sink, schema *Schema, options Options) *Writer {
	return &Writer{newFileWriter(sink, schema, options)}
}

// RowGroup numbers the row group under construction, from 0. Numbers of heads and tails are good for this one.
func (w *Writer) RowGroup() int { return w.groups }

// Head is the number of the head under construction.
func (w *Writer) Head() int { return len(w.heads) }

// Tail begins a tail and gives its number, for Add. Any number of rows may have it.
func (w *Writer) Tail() int {
	w.unchecked += 16
	w.ntails++
	return w.ntails - 1
}

// At begins the entry of a head or a tail in a leaf. Those of before that were not begun become NULL.
func (w *Writer) At(leaf, entry int) *Leaf { return w.at(leaf, entry) }

// Leaf is the leaf whose entry was begun last.
func (w *Writer) Leaf(leaf int) *Leaf { return &w.leaves[leaf] }

// Text appends a text at the top to a leaf. Here and below it is copied.
func (w *Writer) Text(l *Leaf, text []byte) { w.text(l, text) }

// TextAt appends a text and its levels.
func (w *Writer) TextAt(l *Leaf, rep, def uint8, text []byte) {
	l.Level(rep, def)
	l.text(&w.arena, text)
}

// List appends a list of texts. rep is the repetition level of its first element; def the level of a list that is
// present and empty, so that NULL, which nil is, is one below and an element two above.
func (w *Writer) List(leaf int, values [][]byte, rep, def uint8) { w.list(leaf, values, rep, def) }

// Entries appends a map, present: its keys go to leaf, its values to the leaf after. rep and def are as in List.
func (w *Writer) Entries(leaf int, pairs []KV, rep, def uint8) { w.entries(leaf, pairs, rep, def) }

// Series makes texts first to end of names those of the head's rows, in their order. The dictionary of the series' leaf
// has names from the first on, as far as rows came to; they must be the same in all calls, and all different.
func (w *Writer) Series(names [][]byte, first, end int) {
	l := w.at(w.schema.series, len(w.heads))
	for n := l.words.len(); n < end; n++ {
		l.words.number(names[n])
	}
	l.Level(0, 1)
	l.numbers = append(l.numbers, int32(first))
}

// Add ends the head: it has a row for each of tails. values is about how many values it and they have.
func (w *Writer) Add(tails []int32, values int) error {
	w.heads = append(w.heads, head{entry: int32(len(w.heads)), rows: int32(len(tails)), first: len(w.tails)})
	w.tails = append(w.tails, tails...)
	return w.added(len(tails), values)
}

// Buffered is about how many bytes the row group under construction takes in memory.
func (w *Writer) Buffered() int { return w.buffered(w.schema) }
