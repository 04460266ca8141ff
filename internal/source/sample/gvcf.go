package sample

import (
	"io"
	"strconv"
)

const nonRef = "<NON_REF>"

// gvcf writes one sample's calls as a genomic VCF: its variants, and between them blocks in which
// nothing but the reference was seen. No block covers unknown bases.
type gvcf struct {
	w      io.Writer
	rng    *random
	sample int // index of the sample
	contig *contig
	at     int // 0-based: everything before is written
	line   []byte
	call   call
	alts   [][]byte
}

func newGVCF(w io.Writer, rng *random, sample int) *gvcf {
	return &gvcf{w: w, rng: rng, sample: sample}
}

// begin starts a contig, end finishes it.
func (g *gvcf) begin(c *contig) { g.contig, g.at = c, 0 }

func (g *gvcf) end() error { return g.blocks(len(g.contig.bases)) }

// add takes the next record of the cohort. Where the sample has no variant, a block will cover it.
func (g *gvcf) add(r *record) error {
	if r.site.star || r.site.pos < g.at || !g.narrow(r) {
		return nil
	}
	if err := g.blocks(r.site.pos); err != nil {
		return err
	}
	g.at = r.site.end()
	b := append(append(g.line[:0], g.contig.name...), '\t')
	b = strconv.AppendInt(b, int64(r.site.pos)+1, 10)
	b = append(append(b, '\t'), '.', '\t')
	b = append(append(b, r.site.ref...), '\t')
	for _, alt := range g.alts {
		b = append(append(b, alt...), ',')
	}
	b = append(append(b, nonRef...), '\t')
	b = appendFixed(b, g.call.phred[0]*100+g.rng.below(100), 2)
	b = append(b, "\t.\tDP="...)
	b = strconv.AppendInt(b, int64(g.call.depth), 10)
	b = append(b, ";MLEAC="...)
	count := [2]int{}
	for i := range g.alts {
		n := 0
		for _, allele := range g.call.alleles[:g.contig.ploidy] {
			if allele == i+1 {
				n++
			}
		}
		count[i] = n
		b = append(strconv.AppendInt(b, int64(n), 10), ',')
	}
	b = append(b, "0;MLEAF="...)
	for i := range g.alts {
		b = append(appendFixed(b, count[i]*1000/g.contig.ploidy, 3), ',')
	}
	b = append(b, "0.000\tGT:AD:DP:GQ:PL:SB\t"...)
	b = g.call.append(b, g.contig.ploidy, false)
	b = g.appendStrands(append(b, ':'))
	g.line = append(b, '\n')
	_, err := g.w.Write(g.line)
	return err
}

// narrow reduces the record to the alternatives that the sample shows, and <NON_REF>, and calls again. It
// returns false when that leaves no variant.
func (g *gvcf) narrow(r *record) bool {
	from := &r.calls[g.sample]
	g.alts = g.alts[:0]
	depths := append(g.call.depths[:0], from.depths[0])
	for i, alt := range r.site.alts {
		if called := from.truth; called[0] == i+1 || g.contig.ploidy == 2 && called[1] == i+1 {
			g.alts = append(g.alts, alt)
			depths = append(depths, from.depths[i+1])
		}
	}
	g.call.depths = append(depths, 0)
	g.call.depth = 0
	for _, depth := range g.call.depths {
		g.call.depth += depth
	}
	judge(&g.call, len(g.call.depths), g.contig.ploidy, g.rng.next())
	return g.call.alleles[0] > 0 || g.call.alleles[1] > 0
}

// appendStrands appends SB: reads of the reference and of other alleles, on each strand.
func (g *gvcf) appendStrands(dst []byte) []byte {
	ref, alt := g.call.depths[0], g.call.depth-g.call.depths[0]
	forward := [2]int{g.rng.below(ref + 1), g.rng.below(alt + 1)}
	return appendInts(dst, []int{forward[0], ref - forward[0], forward[1], alt - forward[1]})
}

// blocks writes reference blocks from the current position up to end.
func (g *gvcf) blocks(end int) error {
	bases := g.contig.bases
	for g.at < end {
		if bases[g.at] == 'N' {
			g.at++
			continue
		}
		stop := min(end, g.at+20+g.rng.below(60)*g.rng.below(20))
		for i := g.at; i < stop; i++ {
			if bases[i] == 'N' {
				stop = i
			}
		}
		if err := g.block(stop); err != nil {
			return err
		}
		g.at = stop
	}
	return nil
}

func (g *gvcf) block(stop int) error {
	lowest := g.rng.between(8, 34)
	depth := lowest + g.rng.below(6)
	b := append(append(g.line[:0], g.contig.name...), '\t')
	b = strconv.AppendInt(b, int64(g.at)+1, 10)
	b = append(b, "\t.\t"...)
	b = append(b, upper(g.contig.bases[g.at]), '\t')
	b = append(b, nonRef+"\t.\t.\tEND="...)
	b = strconv.AppendInt(b, int64(stop), 10) // 1-based inclusive
	b = append(b, "\tGT:DP:GQ:MIN_DP:PL\t"...)
	quality, likely := min(3*lowest, 99), []int{0, 3 * lowest, 30 * lowest}
	if g.contig.ploidy == 1 {
		quality, likely = 99, []int{0, 30 * lowest}
		b = append(b, '0')
	} else {
		b = append(b, "0/0"...)
	}
	for _, value := range []int{depth, quality, lowest} {
		b = strconv.AppendInt(append(b, ':'), int64(value), 10)
	}
	g.line = append(appendInts(append(b, ':'), likely), '\n')
	_, err := g.w.Write(g.line)
	return err
}
