package sample

import (
	"math/bits"
	"slices"
)

const missing = -1 // an allele that was not called

// call is what one sample shows at one site.
type call struct {
	truth   [2]int // alleles the sample really has, one per chromosome copy
	alleles [2]int // alleles called, or missing
	phased  bool
	block   int // 1-based position that names the phase block, if phased
	depths  []int
	depth   int
	quality int   // GQ
	phred   []int // PL, one per genotype
}

// genotyper draws the calls of all samples at one site after the other.
type genotyper struct {
	rng    *random
	ploidy int
	phase  bool // phase neighbouring heterozygous calls of a sample, and leave a few calls half open
	calls  []call
	blocks []phaseBlock // by sample
	share  [4]int       // cumulated frequencies of the alternatives, in 1/65536
}

// phaseBlock is a stretch in which a sample's reads connect its heterozygous sites.
type phaseBlock struct{ start, end int } // 1-based position of the first site; exclusive end

func newGenotyper(rng *random, samples, ploidy int, phase bool) *genotyper {
	return &genotyper{rng: rng, ploidy: ploidy, phase: phase, calls: make([]call, samples),
		blocks: make([]phaseBlock, samples)}
}

// genotype draws new calls. They are valid until the next time.
func (g *genotyper) genotype(s *site) []call {
	if s.star {
		g.starTruth()
	} else {
		g.plainTruth(len(s.alts))
	}
	for i := range g.calls {
		g.read(i, s)
	}
	for allele := 1; allele <= len(s.alts); allele++ {
		g.ensure(allele, s)
	}
	return g.calls
}

// plainTruth draws each chromosome copy's allele from frequencies of the site's own: most variants are
// rare, some are common.
func (g *genotyper) plainTruth(alts int) {
	total := 0
	for i := range alts {
		u := g.rng.below(1000)
		total += max(1, u*u/1000*u/1000*60/alts)
		g.share[i] = total
	}
	for i := range g.calls {
		c := &g.calls[i]
		for copies := range g.ploidy {
			c.truth[copies] = 0
			u := int(g.rng.next() >> 48)
			for allele := range alts {
				if u < g.share[allele] {
					c.truth[copies] = allele + 1
					break
				}
			}
		}
	}
}

// starTruth turns the deletion of the site before (allele 1) into * (allele 2), and gives some of the
// other copies the new base.
func (g *genotyper) starTruth() {
	for i := range g.calls {
		c := &g.calls[i]
		for copies := range g.ploidy {
			switch {
			case c.truth[copies] == 1:
				c.truth[copies] = 2
			case g.rng.perMille(200):
				c.truth[copies] = 1
			default:
				c.truth[copies] = 0
			}
		}
	}
}

// ensure gives the allele to one more sample when nobody has it: a caller would not have written it.
func (g *genotyper) ensure(allele int, s *site) {
	for i := range g.calls {
		if called := g.calls[i].alleles; called[0] == allele || g.ploidy == 2 && called[1] == allele {
			return
		}
	}
	i := g.rng.below(len(g.calls))
	c := &g.calls[i]
	copies := g.rng.below(g.ploidy)
	if c.truth[copies] != 0 { // do not take away what another alternative needs
		copies = (copies + 1) % g.ploidy
	}
	c.truth[copies] = allele
	for range 4 { // a sample with too few reads may still miss it
		if g.read(i, s); c.alleles[0] == allele || g.ploidy == 2 && c.alleles[1] == allele {
			return
		}
	}
}

// read sequences sample i: depths by allele, likelihoods, the call, its phase.
func (g *genotyper) read(i int, s *site) {
	c := &g.calls[i]
	alleles := len(s.alts) + 1
	c.depths = resize(c.depths, alleles)
	clear(c.depths)
	word := g.rng.next()
	c.depth = 14 + int(word>>32)&15 + int(word>>36)&15
	if word&63 == 0 { // a hole in the coverage
		c.depth = int(word>>40) & 3
	}
	if g.ploidy == 1 || c.truth[0] == c.truth[1] {
		c.depths[c.truth[0]] = c.depth
	} else {
		first := bits.OnesCount64(g.rng.next() & (1<<c.depth - 1)) // binomial
		c.depths[c.truth[0]] += first
		c.depths[c.truth[1]] += c.depth - first
	}
	if word>>50&31 == 0 && c.depth > 8 { // one read in error
		from := c.truth[word>>55&1%uint64(g.ploidy)]
		if c.depths[from] > 0 {
			c.depths[from]--
			c.depths[int(word>>56)%alleles]++
		}
	}
	judge(c, alleles, g.ploidy, g.rng.next())
	c.phased = false
	if !g.phase || g.ploidy == 1 {
		return
	}
	if word>>8&511 == 0 { // one copy is left open
		c.alleles[0] = missing
	}
	g.connect(i, s.pos+1)
}

// impute makes every call what the sample really has, phased.
func impute(calls []call) {
	for i := range calls {
		calls[i].alleles, calls[i].phased = calls[i].truth, true
	}
}

// judge derives likelihoods from the depths, and the call from them.
func judge(c *call, alleles, ploidy int, noise uint64) {
	c.phred = likelihoods(c.phred, c.depths, ploidy, noise)
	c.alleles = [2]int{missing, missing}
	c.quality = 0
	if c.depth == 0 { // all likelihoods are 0 then
		return
	}
	best := slices.Index(c.phred, 0)
	c.quality = 99
	for i, value := range c.phred {
		if i != best {
			c.quality = min(c.quality, value)
		}
	}
	if ploidy == 1 {
		c.alleles[0] = best
		return
	}
	for k := range alleles {
		if best <= k {
			c.alleles = [2]int{best, k}
			return
		}
		best -= k + 1
	}
}

// likelihoods returns, in the order of the VCF specification (section 1.6.2, GL), the phred-scaled
// likelihood of every genotype, the best one being 0: 3 for a read that one of two alleles explains, 30
// for one that none does, and up to a quarter more by chance, since reads differ in quality.
func likelihoods(dst []int, depths []int, ploidy int, noise uint64) []int {
	total := 0
	for _, depth := range depths {
		total += depth
	}
	dst = dst[:0]
	for k := range depths {
		first := 0
		if ploidy == 1 {
			first = k
		}
		for j := first; j <= k; j++ {
			if j == k {
				dst = append(dst, 30*(total-depths[k]))
			} else {
				dst = append(dst, 3*(depths[j]+depths[k])+30*(total-depths[j]-depths[k]))
			}
		}
	}
	best := slices.Min(dst)
	for i := range dst {
		dst[i] -= best
		dst[i] += dst[i] * int(noise>>(4*i)&15) / 64
	}
	return dst
}

// connect phases a call with those before it in the sample's block. Only heterozygous calls that found
// the truth are phased.
func (g *genotyper) connect(i, pos int) {
	c, block := &g.calls[i], &g.blocks[i]
	right := c.alleles == c.truth || c.alleles[0] == c.truth[1] && c.alleles[1] == c.truth[0]
	if !right || c.alleles[0] == c.alleles[1] {
		return
	}
	if pos >= block.end {
		*block = phaseBlock{start: pos, end: pos + g.rng.below(1200)} // a short one holds this site only
	}
	if block.end-block.start > 150 && pos >= block.start {
		c.alleles, c.phased, c.block = c.truth, true, block.start
	}
}

func resize(s []int, n int) []int { return slices.Grow(s[:0], n)[:n] }
