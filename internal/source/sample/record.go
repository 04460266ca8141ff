package sample

import "strconv"

// record is one line of a cohort with what several writers want to know of it.
type record struct {
	contig   *contig
	site     *site
	calls    []call
	ids      []byte // ID column, without it "."
	quality  int    // QUAL in 1/100
	filter   string
	counts   []int // AC by alternative
	number   int   // AN
	sequence int   // of the record in the file, 0-based
}

// summarise counts alleles and derives quality and filter.
func (r *record) summarise(rng *random) {
	r.counts = resize(r.counts, len(r.site.alts))
	clear(r.counts)
	r.number, r.quality = 0, rng.below(100)
	for i := range r.calls {
		c := &r.calls[i]
		for copies := range r.contig.ploidy {
			if allele := c.alleles[copies]; allele != missing {
				r.number++
				if allele > 0 {
					r.counts[allele-1]++
				}
			}
		}
		r.quality += c.phred[0] * 100
	}
	switch u := rng.below(1000); {
	case r.quality < 30_00:
		r.filter = "LowQual"
	case u < 25:
		r.filter = "StrandBias"
	case u < 40:
		r.filter = "LowMQ"
	case u < 45:
		r.filter = "LowMQ;StrandBias"
	case u < 50:
		r.filter = "."
	default:
		r.filter = "PASS"
	}
}

// identify gives most records an identifier, and a few two.
func (r *record) identify(rng *random) {
	r.ids = r.ids[:0]
	u := rng.below(1000)
	if u >= 700 {
		return
	}
	r.ids = strconv.AppendInt(append(r.ids, "rs"...), 10_000_000+int64(r.sequence)*7, 10)
	if u < 8 {
		r.ids = strconv.AppendInt(append(r.ids, ";rs"...), 10_000_003+int64(r.sequence)*7, 10)
	}
}

// appendSite appends the columns CHROM to FILTER and a tab.
func (r *record) appendSite(dst []byte) []byte {
	dst = append(append(dst, r.contig.name...), '\t')
	dst = append(strconv.AppendInt(dst, int64(r.site.pos)+1, 10), '\t')
	if len(r.ids) == 0 {
		dst = append(dst, '.')
	}
	dst = append(append(dst, r.ids...), '\t')
	dst = append(append(dst, r.site.ref...), '\t')
	for i, alt := range r.site.alts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, alt...)
	}
	dst = appendFixed(append(dst, '\t'), r.quality, 2)
	return append(append(append(dst, '\t'), r.filter...), '\t')
}

// appendInfo appends the INFO column of a joint call.
func (r *record) appendInfo(dst []byte, rng *random) []byte {
	dst = append(dst, "AC="...)
	dst = appendInts(dst, r.counts)
	dst = append(dst, ";AF="...)
	for i, count := range r.counts {
		if i > 0 {
			dst = append(dst, ',')
		}
		if r.number == 0 {
			dst = append(dst, '.')
		} else {
			dst = appendFixed(dst, (count*2000+r.number)/(2*r.number), 3)
		}
	}
	dst = strconv.AppendInt(append(dst, ";AN="...), int64(r.number), 10)
	depth, varying, heterozygous := 0, 0, false
	for i := range r.calls {
		c := &r.calls[i]
		depth += c.depth
		if c.alleles[0] > 0 || c.alleles[1] > 0 {
			varying += c.depth
			heterozygous = heterozygous || r.contig.ploidy == 2 && c.alleles[0] != c.alleles[1]
		}
	}
	word := rng.next()
	if heterozygous {
		dst = appendFixed(append(dst, ";BaseQRankSum="...), int(word&4095)-2048, 3)
	}
	if len(r.ids) > 0 {
		dst = append(dst, ";DB"...)
	}
	dst = strconv.AppendInt(append(dst, ";DP="...), int64(depth), 10)
	dst = appendFixed(append(dst, ";FS="...), int(word>>12&16383), 3)
	dst = appendFixed(append(dst, ";MQ="...), 6000-int(word>>26&255), 2)
	if heterozygous {
		dst = appendFixed(append(dst, ";MQRankSum="...), int(word>>34&2047)-1024, 3)
	}
	if varying > 0 {
		dst = appendFixed(append(dst, ";QD="...), min(r.quality/varying, 4000), 2)
	}
	if heterozygous {
		dst = appendFixed(append(dst, ";ReadPosRankSum="...), int(word>>45&2047)-1024, 3)
	}
	return appendFixed(append(dst, ";SOR="...), 400+int(word>>56)*4, 3)
}

// appendCalls appends FORMAT and the sample columns, each after a tab.
func (r *record) appendCalls(dst []byte) []byte {
	phased := false
	for i := range r.calls {
		phased = phased || r.calls[i].phased
	}
	dst = append(dst, "\tGT:AD:DP:GQ:PL"...)
	if phased {
		dst = append(dst, ":PS"...)
	}
	for i := range r.calls {
		dst = r.calls[i].append(append(dst, '\t'), r.contig.ploidy, phased)
	}
	return dst
}

// appendGenotypes appends FORMAT and the sample columns with nothing but GT, each after a tab.
func (r *record) appendGenotypes(dst []byte) []byte {
	dst = append(dst, "\tGT"...)
	for i := range r.calls {
		dst = r.calls[i].appendGenotype(append(dst, '\t'), r.contig.ploidy)
	}
	return dst
}

func (c *call) appendGenotype(dst []byte, ploidy int) []byte {
	separator := byte('/')
	if c.phased {
		separator = '|'
	}
	for copies := range ploidy {
		if copies > 0 {
			dst = append(dst, separator)
		}
		if c.alleles[copies] == missing {
			dst = append(dst, '.')
		} else {
			dst = strconv.AppendInt(dst, int64(c.alleles[copies]), 10)
		}
	}
	return dst
}

// append writes one sample column. Fields after the last one that has a value are left away.
func (c *call) append(dst []byte, ploidy int, phasedRecord bool) []byte {
	dst = c.appendGenotype(dst, ploidy)
	dst = appendInts(append(dst, ':'), c.depths)
	dst = strconv.AppendInt(append(dst, ':'), int64(c.depth), 10)
	if c.alleles[0] == missing {
		return dst
	}
	dst = strconv.AppendInt(append(dst, ':'), int64(c.quality), 10)
	dst = appendInts(append(dst, ':'), c.phred)
	switch {
	case c.phased:
		dst = strconv.AppendInt(append(dst, ':'), int64(c.block), 10)
	case phasedRecord:
		dst = append(dst, ":."...)
	}
	return dst
}

func appendInts(dst []byte, values []int) []byte {
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(value), 10)
	}
	return dst
}

// appendFixed appends value / 10^decimals with all its decimals.
func appendFixed(dst []byte, value, decimals int) []byte {
	if value < 0 {
		dst = append(dst, '-')
		value = -value
	}
	scale := 1
	for range decimals {
		scale *= 10
	}
	dst = strconv.AppendInt(dst, int64(value/scale), 10)
	dst = append(dst, '.')
	for value %= scale; decimals > 0; decimals-- {
		scale /= 10
		dst = append(dst, byte('0'+value/scale%10))
	}
	return dst
}
