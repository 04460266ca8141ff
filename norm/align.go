package norm

import (
	"bytes"
	"cmp"
	"slices"
)

// A cycle is the part of a longer allele that is left when all bases of the shortest allele are cut from
// its right end. Growing to the left by a matching base rotates it, so the allele's next last base is found
// by walking it backwards, again and again, however far the record moves: no bases are copied, and the
// reference is read once, right to left.
type cycle struct {
	seq  []byte
	next int // index of the allele's last base now
}

// align finds the normal form of a record whose alleles are sequences, none of the ALTs equal to REF.
func (n *Normalizer) align(res Result) (Result, error) {
	shortest := len(res.Ref)
	for _, a := range res.Alts {
		shortest = min(shortest, len(a))
	}
	start := res.Pos - 1
	right := commonSuffix(res.Ref, res.Alts, shortest)
	if right == shortest {
		if start > 0 {
			return n.shift(res, shortest)
		}
		right-- // nothing is left of the contig's first base
	}
	left := commonPrefix(res.Ref, res.Alts, shortest-right-1)
	if left == 0 && right == 0 {
		return res, nil
	}

	n.begin(&res)
	cut := func(a []byte) []byte { return n.upper(a[left : len(a)-right]) }
	res.Pos += int64(left)
	res.Ref = cut(res.Ref)
	for i, a := range res.Alts {
		n.alts[i] = cut(a)
	}
	res.Alts = n.alts
	return res, nil
}

// shift moves a record to the left whose alleles all end with the shortest of them, at least by one base.
func (n *Normalizer) shift(res Result, shortest int) (Result, error) {
	start := res.Pos - 1
	by, err := n.rotate(start, shortest, res.Ref, res.Alts)
	if err != nil {
		return res, err
	}
	start -= by + 1 // one base more: each allele keeps a base in common

	n.begin(&res)
	res.Pos = start + 1
	if res.Ref, err = n.widen(res.Ref, start, by+1, shortest); err != nil {
		return res, err
	}
	for i, a := range res.Alts {
		if n.alts[i], err = n.widen(a, start, by+1, shortest); err != nil {
			return res, err
		}
	}
	res.Alts = n.alts
	return res, nil
}

// stride is how many bases of a long repeat are compared at once, and how often that is tried.
const stride = 256

// rotate counts the bases by which the record moves beyond the loss of its shortest allele: as long as the
// reference base to the left of start (0-based) is the last base of every longer allele, and a base remains
// to stand before them. Its time is linear in the count, its memory the window.
func (n *Normalizer) rotate(start int64, shortest int, ref []byte, alts [][]byte) (by int64, err error) {
	n.cycles = n.cycles[:0]
	n.cycle(ref, shortest)
	for _, a := range alts {
		n.cycle(a, shortest)
	}
	if by, err = n.walk(start); err == nil && by >= n.long {
		period := n.period()
		n.far.add(run{from: start - 1 - by, to: start - 1 - period, period: period})
	}
	return by, err
}

// A run is a long stretch of the contig in which a record was moved: each base of (from, to], 0-based, is as alleles
// compare the one a period to its right. Many records in one run, such as a stretch of N, are so not moved through all
// of it each.
type run struct{ from, to, period int64 }

func (r *run) add(next run) {
	switch {
	case next.period == 0:
	case r.period == next.period && r.from == next.from:
		r.to = max(r.to, next.to)
	default:
		*r = next
	}
}

func (r *run) has(p int64) bool { return r.from < p && p <= r.to }

// walk does the counting of rotate.
func (n *Normalizer) walk(start int64) (by int64, err error) {
	try, period, reduced := int64(stride), int64(0), false
	for p := start - 1; p > 0; {
		if period != 0 && period == n.far.period && by >= period && n.far.has(p) {
			n.turn(int(p - n.far.from)) // the cycles stand in the reference just right of p
			by, p = by+p-n.far.from, n.far.from
			continue
		}
		w, err := n.behind(p)
		if err != nil {
			return 0, err
		}
		for i := int(p - w.start); i >= 0 && p > 0; {
			if by >= try {
				if !reduced {
					n.reduce()
					period, reduced = n.period(), true
				}
				if p > stride && n.repeats(w.seq, i, by) {
					n.turn(stride)
					by, p, i = by+stride, p-stride, i-stride
					continue
				}
				try = by + stride
			}
			if !n.step(refBase(w.seq[i])) {
				return by, nil
			}
			by, p, i = by+1, p-1, i-1
		}
	}
	return by, nil
}

// reduce makes each cycle as short as it can be, and leaves one of those that are alike: a far move takes then as long
// with many ALTs as with one.
func (n *Normalizer) reduce() {
	for i := range n.cycles {
		c := &n.cycles[i]
		for d := 1; d <= len(c.seq)/2; d++ {
			if len(c.seq)%d == 0 && bytes.Equal(c.seq[d:], c.seq[:len(c.seq)-d]) {
				c.seq, c.next = c.seq[:d], c.next%d
				break
			}
		}
	}
	slices.SortFunc(n.cycles, func(a, b cycle) int {
		return cmp.Or(cmp.Compare(len(a.seq), len(b.seq)), cmp.Compare(a.next, b.next), bytes.Compare(a.seq, b.seq))
	})
	n.cycles = slices.CompactFunc(n.cycles, func(a, b cycle) bool { return a.next == b.next && bytes.Equal(a.seq, b.seq) })
}

// period is the length of all cycles; 0 when they differ.
func (n *Normalizer) period() int64 {
	for _, c := range n.cycles[1:] {
		if len(c.seq) != len(n.cycles[0].seq) {
			return 0
		}
	}
	return int64(len(n.cycles[0].seq))
}

// step turns every cycle by the base b, if it is the last of all of them.
func (n *Normalizer) step(b byte) bool {
	for j := range n.cycles {
		c := &n.cycles[j]
		if base[c.seq[c.next]] != b {
			return false
		}
		if c.next--; c.next < 0 {
			c.next = len(c.seq) - 1
		}
	}
	return true
}

// turn turns every cycle by count bases that are known to match.
func (n *Normalizer) turn(count int) {
	for j := range n.cycles {
		c := &n.cycles[j]
		if c.next -= count % len(c.seq); c.next < 0 {
			c.next += len(c.seq)
		}
	}
}

// repeats says whether the stride of bases that ends with seq[i] certainly matches every cycle. Once a record
// has moved by a whole cycle, the cycle stands in the reference just right of it, so that a match is a
// stretch of the reference that equals another: no letter is looked at by itself. That they differ as
// written (or one lies outside seq) says nothing.
func (n *Normalizer) repeats(seq []byte, i int, by int64) bool {
	from, to := i+1-stride, i+1
	if from < 0 {
		return false
	}
	for j := range n.cycles {
		d := len(n.cycles[j].seq)
		if by < int64(d) || to+d > len(seq) || !bytes.Equal(seq[from:to], seq[from+d:to+d]) {
			return false
		}
	}
	return true
}

// cycle adds an allele to the cycles, unless it is as short as the shortest: that one is all reference then.
func (n *Normalizer) cycle(allele []byte, shortest int) {
	if d := len(allele) - shortest; d > 0 {
		n.cycles = append(n.cycles, cycle{seq: allele[:d], next: d - 1})
	}
}

// begin makes room for the alleles of a changed record.
func (n *Normalizer) begin(res *Result) {
	res.Changed = true
	n.buf = n.buf[:0]
	for len(n.alts) < len(res.Alts) {
		n.alts = append(n.alts, nil)
	}
	n.alts = n.alts[:len(res.Alts)]
}

// upper copies bases in upper case to the buffer.
func (n *Normalizer) upper(bases []byte) []byte {
	at := len(n.buf)
	for _, c := range bases {
		n.buf = append(n.buf, base[c])
	}
	return n.buf[at:len(n.buf):len(n.buf)]
}

// widen writes an allele's new form to the buffer: of the reference from start (0-based) on, moved bases and then the
// allele, only so much is kept that the shortest allele has one base. Bases of the reference keep their
// case, and a code that is no base becomes N, as bcftools has it.
func (n *Normalizer) widen(allele []byte, start, moved int64, shortest int) ([]byte, error) {
	size := int64(len(allele) - shortest + 1)
	at := len(n.buf)
	for p, end := start, start+min(moved, size); p < end; {
		seq, err := n.between(p, end)
		if err != nil {
			return nil, err
		}
		for _, c := range seq {
			if base[c] == 0 {
				c = 'N'
			}
			n.buf = append(n.buf, c)
		}
		p += int64(len(seq))
	}
	if size > moved {
		n.upper(allele[:size-moved])
	}
	return n.buf[at:len(n.buf):len(n.buf)], nil
}

// commonSuffix counts the bases, at most limit, that all alleles have in common at the right.
func commonSuffix(ref []byte, alts [][]byte, limit int) int {
	for _, a := range alts {
		k := 0
		for k < limit && base[a[len(a)-1-k]] == base[ref[len(ref)-1-k]] {
			k++
		}
		limit = k
	}
	return limit
}

// commonPrefix counts the bases, at most limit, that all alleles have in common at the left.
func commonPrefix(ref []byte, alts [][]byte, limit int) int {
	for _, a := range alts {
		k := 0
		for k < limit && base[a[k]] == base[ref[k]] {
			k++
		}
		limit = k
	}
	return limit
}
