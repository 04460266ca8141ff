package sample

// site is one variant, as a caller might have written it. Its slices are valid until the next one.
type site struct {
	pos  int // 0-based position of the first base of ref
	ref  []byte
	alts [][]byte
	star bool // the last alternative is *: the site lies in a deletion that came before
}

// end returns the 0-based exclusive end of the reference allele.
func (s *site) end() int { return s.pos + len(s.ref) }

// symbolic tells whether alternative i (0-based) is no sequence of bases.
func (s *site) symbolic(i int) bool { return s.star && i == len(s.alts)-1 }

// Shares of the kinds of sites, in 1/1000. The rest are biallelic SNVs.
const (
	shareRepeatIndel      = 120
	shareMultiRepeatIndel = 20
	sharePlainIndel       = 40
	shareMultiSNV         = 15
	shareMNV              = 6
	shareUntrimmed        = 14
	shareRightShifted     = 700 // of the indels in repeats
)

// walker chooses sites from the start of a contig to its end, none overlapping the one before, except by
// inside.
type walker struct {
	rng    *random
	contig *contig
	at     int // no site starts before this position
	left   int // sites still to place
	repeat int // index of the first repeat that starts after at
	text   []byte
	site   site
}

func newWalker(rng *random, c *contig, sites int) *walker {
	return &walker{rng: rng, contig: c, at: 100, left: sites}
}

// next returns the next site, or nil at the end of the contig. About as many come as were asked for.
func (w *walker) next() *site {
	for {
		room := len(w.contig.bases) - 2*maxRepeat - w.at
		if w.left <= 0 || room <= 0 {
			return nil
		}
		w.at += w.rng.below(2*room/w.left + 1)
		if w.at >= len(w.contig.bases)-2*maxRepeat {
			w.at = len(w.contig.bases) - 2*maxRepeat - 1
		}
		w.text, w.site.alts, w.site.star = w.text[:0], w.site.alts[:0], false
		w.choose()
		w.at = w.site.end() + 1
		if known(w.site.ref) {
			w.left--
			return &w.site
		}
	}
}

// inside returns an SNV within the deletion that next just returned, with * as second alternative, or
// nil when it was no deletion with room.
func (w *walker) inside() *site {
	s := &w.site
	if len(s.alts) != 1 || len(s.ref) < 4 || len(s.alts[0]) != 1 {
		return nil
	}
	s.pos += w.rng.between(1, len(s.ref)-1)
	w.text, s.alts, s.star = w.text[:0], s.alts[:0], true
	s.ref = w.reference(s.pos, s.pos+1)
	w.alt(snvOf(s.ref[0], w.rng.below(3)))
	w.alt('*')
	return s
}

func known(ref []byte) bool {
	for _, base := range ref {
		if base == 'N' {
			return false
		}
	}
	return true
}

// reference returns a copy of the bases from start to end, in upper case.
func (w *walker) reference(start, end int) []byte {
	from := len(w.text)
	for _, base := range w.contig.bases[start:end] {
		w.text = append(w.text, upper(base))
	}
	return w.text[from:len(w.text):len(w.text)]
}

// alt adds an alternative of the given bases.
func (w *walker) alt(bases ...byte) {
	from := len(w.text)
	w.text = append(w.text, bases...)
	w.site.alts = append(w.site.alts, w.text[from:len(w.text):len(w.text)])
}

// choose makes a site at or after w.at.
func (w *walker) choose() {
	kind := w.rng.below(1000)
	for _, share := range []struct {
		size int
		make func(pos int) bool
	}{
		{shareRepeatIndel, w.repeatIndel},
		{shareMultiRepeatIndel, w.multiRepeatIndel},
		{sharePlainIndel, w.plainIndel},
		{shareMultiSNV, w.multiSNV},
		{shareMNV, w.mnv},
		{shareUntrimmed, w.untrimmed},
	} {
		if kind < share.size {
			if share.make(w.at) {
				return
			}
			break
		}
		kind -= share.size
	}
	w.snv(w.at)
}

// span sets position and reference allele.
func (w *walker) span(start, end int) []byte {
	w.site.pos, w.site.ref = start, w.reference(start, end)
	return w.site.ref
}

func (w *walker) snv(pos int) {
	ref := w.span(pos, pos+1)
	choice := 0
	if w.rng.perMille(330) {
		choice = w.rng.between(1, 2)
	}
	w.alt(snvOf(ref[0], choice))
}

func (w *walker) multiSNV(pos int) bool {
	ref := w.span(pos, pos+1)
	skip := w.rng.below(3)
	for choice := range 3 {
		if choice != skip {
			w.alt(snvOf(ref[0], choice))
		}
	}
	return true
}

// mnv changes two or three neighbouring bases.
func (w *walker) mnv(pos int) bool {
	ref := w.span(pos, pos+w.rng.between(2, 3))
	w.alt(ref...)
	alt := w.site.alts[0]
	for i := range alt {
		alt[i] = snvOf(alt[i], w.rng.below(3))
	}
	return true
}

// untrimmed is an SNV or a one-base deletion written with bases on both sides that do not change.
func (w *walker) untrimmed(pos int) bool {
	ref := w.span(pos, pos+w.rng.between(4, 7))
	changed := w.rng.between(1, len(ref)-2)
	if w.rng.perMille(500) {
		w.alt(ref...)
		w.site.alts[0][changed] = snvOf(ref[changed], w.rng.below(3))
		return true
	}
	var shorter [8]byte
	w.alt(append(append(shorter[:0], ref[:changed]...), ref[changed+1:]...)...)
	return true
}

func (w *walker) plainIndel(pos int) bool {
	if w.rng.perMille(500) {
		ref := w.span(pos, pos+1+w.rng.between(1, 12))
		w.alt(ref[0])
		return true
	}
	var longer [12]byte
	longer[0] = w.span(pos, pos+1)[0]
	n := 1 + w.rng.between(1, 10)
	for i := 1; i < n; i++ {
		longer[i] = "ACGT"[w.rng.below(4)]
	}
	w.alt(longer[:n]...)
	return true
}

// nextRepeat finds the first repeat that starts after pos, if it is near: going there takes room from the
// sites to come.
func (w *walker) nextRepeat(pos int) (repeat, bool) {
	near := 4 * (len(w.contig.bases) - pos) / w.left
	repeats := w.contig.repeats
	for w.repeat < len(repeats) && repeats[w.repeat].start <= pos {
		w.repeat++
	}
	if w.repeat == len(repeats) || repeats[w.repeat].start > pos+near {
		return repeat{}, false
	}
	return repeats[w.repeat], true
}

// repeatIndel takes units from a repeat or adds some, at its right end (where left-alignment moves them
// away from) or at its left end (where a careful caller puts them).
func (w *walker) repeatIndel(pos int) bool {
	r, ok := w.nextRepeat(pos)
	if !ok {
		return false
	}
	units := w.rng.between(1, 3)
	size := units * r.unit
	right := w.rng.perMille(shareRightShifted)
	if w.rng.perMille(550) {
		anchor := r.start - 1
		if right {
			anchor = r.end - size - 1
		}
		ref := w.span(anchor, anchor+1+size)
		w.alt(ref[0])
		return true
	}
	anchor := r.start - 1
	if right {
		anchor = r.end - 1
	}
	unit := w.reference(r.start, r.start+r.unit)
	longer := append(make([]byte, 0, 1+3*6), w.span(anchor, anchor+1)[0])
	for range units {
		longer = append(longer, unit...)
	}
	w.alt(longer...)
	return true
}

// multiRepeatIndel has one alternative with a unit less and one with a unit more.
func (w *walker) multiRepeatIndel(pos int) bool {
	r, ok := w.nextRepeat(pos)
	if !ok {
		return false
	}
	anchor := r.end - r.unit - 1
	ref := w.span(anchor, r.end)
	w.alt(ref[0])
	longer := append(append(make([]byte, 0, 1+2*6), ref...), ref[1:]...)
	w.alt(longer...)
	return true
}
