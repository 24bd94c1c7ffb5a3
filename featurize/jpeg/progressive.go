package jpeg

// progressiveBlock is how a scan of a progressive picture codes a block (Annex G.1.2): coefficients' upper bits first,
// or one bit more of coefficients of which some bits are known.
func (d *decoder) progressiveBlock(s *scanHeader) func(c *component, coefs *[64]int16) bool {
	b := &d.entropy
	switch {
	case s.first == 0 && s.previous == 0:
		return func(c *component, coefs *[64]int16) bool {
			size, ok := b.symbol(c.dc)
			c.dcPred += b.value(uint(size))
			coefs[0] = int16(c.dcPred << s.next)
			return ok
		}
	case s.first == 0:
		return func(c *component, coefs *[64]int16) bool {
			coefs[0] |= int16(b.take(1) << s.next)
			return true
		}
	case s.previous == 0:
		return func(c *component, coefs *[64]int16) bool { return b.firstBits(s, c.ac, coefs) }
	}
	return func(c *component, coefs *[64]int16) bool { return b.nextBit(s, c.ac, coefs) }
}

// firstBits decodes the upper bits of a band of AC coefficients (G.1.2.2).
func (b *bits) firstBits(s *scanHeader, ac *huffman, coefs *[64]int16) bool {
	if s.eobRun > 0 {
		s.eobRun--
		return true
	}
	for k := s.first; k <= s.last; k++ {
		symbol, ok := b.symbol(ac)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), uint(symbol&15)
		if size == 0 && run < 15 { // the band ends here, and in 2^run − 1 + the following bits blocks more
			s.eobRun = 1<<run - 1 + b.take(uint(run))
			break
		}
		if k += run; k > s.last {
			return false
		}
		coefs[k] = int16(b.value(size) << s.next)
	}
	return true
}

// nextBit decodes one bit more of a band of AC coefficients (G.1.2.3). Those that are not zero yet get a correction bit
// each as they are passed; a run counts the others.
func (b *bits) nextBit(s *scanHeader, ac *huffman, coefs *[64]int16) bool {
	bit := int16(1) << s.next
	k := s.first
	for s.eobRun == 0 && k <= s.last {
		symbol, ok := b.symbol(ac)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), symbol&15
		if size == 0 && run < 15 {
			s.eobRun = 1<<run + b.take(uint(run))
			break
		}
		value := int16(0)
		switch {
		case size > 1:
			return false
		case size == 1 && b.take(1) == 1:
			value = bit
		case size == 1:
			value = -bit
		}
		for ; k <= s.last; k++ {
			if coefs[k] != 0 {
				b.correct(&coefs[k], bit)
			} else if run--; run < 0 {
				break
			}
		}
		if k > s.last {
			return value == 0
		}
		coefs[k] = value
		k++
	}
	if s.eobRun > 0 {
		s.eobRun--
		for ; k <= s.last; k++ {
			if coefs[k] != 0 {
				b.correct(&coefs[k], bit)
			}
		}
	}
	return true
}

// correct takes a correction bit of a coefficient that is not zero.
func (b *bits) correct(c *int16, bit int16) {
	if b.take(1) == 0 || *c&bit != 0 {
		return
	}
	if *c > 0 {
		*c += bit
	} else {
		*c -= bit
	}
}
