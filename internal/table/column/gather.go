package column

import "slices"

// gather writes entries in an order, which also comes as stretches unless those are too many.
func (c *chunkWriter) gather(order []int32, ordered []stretch) error {
	at := c.leaf.starts()
	if len(ordered) == 0 && (c.encoding == inDictionary || len(c.leaf.booleans) > 0) {
		return c.gatherAlike(order, &at)
	}
	for _, s := range ordered {
		if err := c.addEntries(&at, s); err != nil {
			return err
		}
	}
	if len(ordered) == 0 {
		for _, entry := range order {
			if err := c.addEntries(&at, stretch{entry, entry + 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *chunkWriter) addEntries(at *starts, s stretch) error {
	return c.add(pagePart{at.level(s.first), at.level(s.end), at.value(s.first), at.value(s.end), 1})
}

// alikeRows is from how many rows of the same shape on their levels are written as a run.
const alikeRows = 32

// gatherAlike writes entries of which few follow each other but most have the same shape: that many values, and nothing
// else. The levels of such rows are one pattern.
func (c *chunkWriter) gatherAlike(order []int32, at *starts) error {
	l := c.leaf
	shapes := l.shapes(at)
	def, rep, numbers := c.gatheredDef[:0], c.gatheredRep[:0], c.spareInts[:0]
	bits := 0
	c.bits = c.bits[:0]
	endLevels := func() {
		put(&c.def, def)
		def = def[:0]
		if l.repeated {
			put(&c.rep, rep)
			rep = rep[:0]
		}
	}
	for len(order) > 0 {
		shape := shapes[order[0]]
		most := len(order)
		if shape > 0 {
			most = min(most, max(1, (pageLevels-c.levels)/int(shape)))
		}
		n := 1
		for n < most && shapes[order[n]] == shape {
			n++
		}
		rows := order[:n]
		order = order[n:]
		switch {
		case shape > 0 && n >= alikeRows:
			endLevels()
			c.def.run(uint32(l.max), n*int(shape))
			if l.repeated {
				first := at.level(rows[0])
				repeat(&c.rep, l.rep[first:first+int32(shape)], n)
			}
			c.levels += n * int(shape)
		default:
			for _, entry := range rows {
				from, to := at.level(entry), at.level(entry+1)
				def = append(def, l.def[from:to]...)
				if l.repeated {
					rep = append(rep, l.rep[from:to]...)
				}
				c.levels += int(to - from)
			}
		}
		switch {
		case len(l.booleans) > 0:
			for _, entry := range rows {
				for v := at.value(entry); v < at.value(entry+1); v++ {
					if bits%8 == 0 {
						c.bits = append(c.bits, 0)
					}
					if l.booleans[v] {
						c.bits[len(c.bits)-1] |= 1 << (bits % 8)
					}
					bits++
				}
			}
		case shape > 0:
			numbers = gatherNumbers(numbers, c.numbers, rows, at, int(shape))
		default:
			for _, entry := range rows {
				numbers = append(numbers, c.numbers[at.value(entry):at.value(entry+1)]...)
			}
		}
		if c.levels >= pageLevels-int(max(shape, 0)) || len(order) == 0 {
			endLevels()
			put(&c.number, numbers)
			if err := c.flush(); err != nil {
				return err
			}
			numbers, bits, c.bits = numbers[:0], 0, c.bits[:0]
		}
	}
	c.gatheredDef, c.gatheredRep, c.spareInts = def, rep, numbers
	return nil
}

// gatherNumbers appends the numbers of rows that have width each.
func gatherNumbers(out, numbers, rows []int32, at *starts, width int) []int32 {
	out = slices.Grow(out, len(rows)*width)
	switch width {
	case 1:
		for _, entry := range rows {
			out = append(out, numbers[at.value(entry)])
		}
	case 2:
		for _, entry := range rows {
			v := numbers[at.value(entry):][:2]
			out = append(out, v[0], v[1])
		}
	case 3:
		for _, entry := range rows {
			v := numbers[at.value(entry):][:3]
			out = append(out, v[0], v[1], v[2])
		}
	default:
		for _, entry := range rows {
			out = append(out, numbers[at.value(entry):][:width]...)
		}
	}
	return out
}

// repeatHeads writes the entry of each head as often as that has rows.
func (c *chunkWriter) repeatHeads(g *rowGroup) error {
	at := c.leaf.starts()
	for _, h := range g.heads {
		part := pagePart{at.level(h.entry), at.level(h.entry + 1), at.value(h.entry), at.value(h.entry + 1), h.rows}
		if err := c.add(part); err != nil {
			return err
		}
	}
	return nil
}

// series writes the leaf of a series: the entry of a head is the text of its first row, which those of the others
// follow in the dictionary.
func (c *chunkWriter) series(g *rowGroup) error {
	at := c.leaf.starts()
	var block []int32
	for i := 0; i < len(g.heads); {
		h, alike := g.heads[i], 1
		value, present := at.value(h.entry), at.value(h.entry+1) > at.value(h.entry)
		for i+alike < len(g.heads) && g.heads[i+alike].rows == h.rows {
			next := g.heads[i+alike].entry
			same := at.value(next+1) > at.value(next)
			if same != present || present && c.numbers[at.value(next)] != c.numbers[value] {
				break
			}
			alike++
		}
		i += alike
		block = block[:0]
		for n := range h.rows {
			if present {
				block = append(block, c.numbers[value]+n)
			}
		}
		for rows := int(h.rows); alike > 0; {
			times := min(alike, (pageLevels-c.levels)/rows)
			if times == 0 && c.levels > 0 {
				if err := c.flush(); err != nil {
					return err
				}
				continue
			}
			times = max(times, 1)
			c.def.run(uint32(c.leaf.max)*uint32(min(len(block), 1)), rows*times)
			repeat(&c.number, block, times)
			c.levels += rows * times
			alike -= times
		}
	}
	return nil
}
