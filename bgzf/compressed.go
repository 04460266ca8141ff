package bgzf

import "encoding/binary"

// compressed decodes a block with the codes set, from out[at] on. out is
// outputSlack longer than what it must hold, and what is written there makes
// ErrSize. This is the hot loop: its state is in local variables, and it holds up
// to three literals and a match.
func (d *decoder) compressed(r *bitReader, out []byte, at, limit int) (int, error) {
	const litMask, distMask = 1<<litBits - 1, 1<<distBits - 1
	in, pos, hold, n := r.in, r.pos, r.hold, r.n
	lit, dist := &d.lit, &d.dist
	end := len(out) - outputSlack
	for {
		if at > end {
			return at, ErrSize
		}
		if pos > limit {
			return at, ErrDeflate
		}
		hold |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e := lit[hold&litMask]
		if e&isLiteral != 0 { // 11 bits at most
			hold >>= e & 63
			n -= uint(e & 63)
			out[at] = byte(e >> entryShift)
			at++
			e = lit[hold&litMask]
			if e&isLiteral != 0 {
				hold >>= e & 63
				n -= uint(e & 63)
				out[at] = byte(e >> entryShift)
				at++
				e = lit[hold&litMask]
				if e&isLiteral != 0 {
					hold >>= e & 63
					n -= uint(e & 63)
					out[at] = byte(e >> entryShift)
					at++
					continue
				}
			}
			// A length takes 15 and 5 bits and a distance 15 and 13.
			if pos > limit {
				return at, ErrDeflate
			}
			hold |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		if e&isSpecial != 0 {
			if e&(isEnd|isInvalid) == 0 {
				hold >>= litBits
				n -= litBits
				e = lit[(uint64(e>>entryShift)+hold&(1<<(e>>8&0xf)-1))&(litSize-1)]
			}
			if e&isLiteral != 0 {
				hold >>= e & 63
				n -= uint(e & 63)
				out[at] = byte(e >> entryShift)
				at++
				continue
			}
			if e&isSpecial != 0 {
				if e&isEnd == 0 {
					return at, ErrDeflate
				}
				hold >>= e & 63
				n -= uint(e & 63)
				break
			}
		}
		hold >>= e & 63
		n -= uint(e & 63)
		extra := e >> 8 & 0xf
		length := int(e>>entryShift) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= uint(extra)

		e = dist[hold&distMask]
		if e&isSpecial != 0 {
			if e&isInvalid != 0 {
				return at, ErrDeflate
			}
			hold >>= distBits
			n -= distBits
			e = dist[(uint64(e>>entryShift)+hold&(1<<(e>>8&0xf)-1))&(distSize-1)]
			if e&isSpecial != 0 {
				return at, ErrDeflate
			}
		}
		hold >>= e & 63
		n -= uint(e & 63)
		extra = e >> 8 & 0xf
		distance := int(e>>entryShift) + int(hold&(1<<extra-1))
		hold >>= extra
		n -= uint(extra)
		if distance > at {
			return at, ErrDeflate
		}
		// Most matches are short and far enough back to copy in words.
		from := at - distance
		if distance >= 8 {
			for stop := at + length; ; {
				binary.LittleEndian.PutUint64(out[at:], binary.LittleEndian.Uint64(out[from:]))
				binary.LittleEndian.PutUint64(out[at+8:], binary.LittleEndian.Uint64(out[from+8:]))
				at += 16
				from += 16
				if at >= stop {
					at = stop
					break
				}
			}
			continue
		}
		for stop := at + length; at < stop; at++ {
			out[at] = out[from]
			from++
		}
	}
	r.pos, r.hold, r.n = pos, hold, n
	return at, nil
}
