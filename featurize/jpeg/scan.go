package jpeg

import "slices"

// scanHeader is what a scan holds (B.2.3).
type scanHeader struct {
	comps          []*component
	first, last    int  // coefficients, Ss and Se of the standard
	previous, next uint // bits still to come before and after this scan, Ah and Al
	eobRun         int  // blocks of this band that have no more coefficients
	left           int  // MCUs before the next restart marker
	restarts       byte // how many were read
}

// scan decodes a scan. The picture is done where it comes in one scan.
func (d *decoder) scan(p []byte) (done bool, err error) {
	s, err := d.scanHeader(p)
	if err != nil {
		return false, err
	}
	for _, c := range s.comps {
		for k := s.first; k <= s.last; k++ { // each bit comes once, which also bounds the work (G.1.1.1)
			if before := c.precision[k]; before < 0 != (s.previous == 0) || before >= 0 && uint(before) != s.previous {
				return false, damaged("a scan of coefficient %d of component %d out of order", k, c.id)
			}
			c.precision[k] = int8(s.next)
		}
		if c.quantised { // the table may be another by now, for other components
			continue
		}
		if !d.haveQuant[c.quantID] {
			return false, damaged("quantisation table %d lacks", c.quantID)
		}
		c.quant.set(&d.quant[c.quantID])
		c.quantised = true
	}
	d.startInterval(s)
	if !d.progressive && len(s.comps) == d.n && d.comps[0].coefs == nil {
		return true, d.sequential(s)
	}
	for i := range d.n {
		if c := &d.comps[i]; c.coefs == nil {
			c.coefs = make([]int16, 64*c.paddedX*c.paddedY)
		}
	}
	visit := d.bufferedBlock
	if d.progressive {
		visit = d.progressiveBlock(s)
	}
	if err := d.walk(s, visit); err != nil {
		return false, err
	}
	return false, nil
}

// scanHeader reads an SOS segment and finds the tables that the scan refers to.
func (d *decoder) scanHeader(p []byte) (*scanHeader, error) {
	switch {
	case d.n == 0:
		return nil, damaged("a scan before the frame header")
	case len(p) < 6 || len(p) != 4+2*int(p[0]) || int(p[0]) > d.n:
		return nil, damaged("a scan header of %d bytes", len(p))
	}
	n := int(p[0])
	s := &scanHeader{last: 63, left: d.restartInterval}
	if d.progressive {
		s.first, s.last = int(p[1+2*n]), int(p[2+2*n])
		s.previous, s.next = uint(p[3+2*n]>>4), uint(p[3+2*n]&15)
		if s.last > 63 || s.first > s.last || s.first == 0 && s.last != 0 || s.first > 0 && n != 1 ||
			s.next > 13 || s.previous != 0 && s.previous != s.next+1 {
			return nil, damaged("a scan of coefficients %d to %d, bits %d to %d", s.first, s.last, s.previous, s.next)
		}
	}
	blocks := 0
	for i := range n {
		id, dc, ac := p[1+2*i], p[2+2*i]>>4, p[2+2*i]&15
		j := slices.IndexFunc(d.comps[:d.n], func(c component) bool { return c.id == id })
		if j < 0 || slices.Contains(s.comps, &d.comps[j]) || dc > 3 || ac > 3 {
			return nil, damaged("component %d of a scan with tables %d and %d", id, dc, ac)
		}
		if s.first == 0 && s.previous == 0 && !d.haveTable[0][dc] ||
			(s.first > 0 || !d.progressive) && !d.haveTable[1][ac] {
			return nil, damaged("a scan refers to Huffman tables %d and %d, which lack", dc, ac)
		}
		c := &d.comps[j]
		c.dc, c.ac = &d.tables[0][dc], &d.tables[1][ac]
		s.comps = append(s.comps, c)
		blocks += c.h * c.v
	}
	if n > 1 && blocks > 10 {
		return nil, damaged("%d blocks in an MCU", blocks)
	}
	return s, nil
}

// startInterval takes the bytes of a restart interval and forgets what does not go on from one to the next (F.2.1.3.1).
func (d *decoder) startInterval(s *scanHeader) {
	d.pos = d.entropy.interval(d.data, d.pos)
	s.left, s.eobRun = d.restartInterval, 0
	for _, c := range s.comps {
		c.dcPred = 0
	}
}

// startMCU goes on to the next restart interval where one ends.
func (d *decoder) startMCU(s *scanHeader) error {
	if d.restartInterval == 0 {
		return nil
	}
	if s.left == 0 {
		if d.entropy.overrun() {
			return d.entropy.fail()
		}
		m, err := d.marker()
		if err != nil {
			return err
		}
		if m != markerRST0+s.restarts%8 {
			return damaged("marker %#x where restart marker %d belongs", m, s.restarts%8)
		}
		s.restarts++
		d.startInterval(s)
	}
	s.left--
	return nil
}

// sequential decodes the one scan of a sequential picture to its pixels, a row of MCUs at a time.
func (d *decoder) sequential(s *scanHeader) error {
	d.startOutput()
	for my := range d.mcusY {
		for mx := range d.mcusX {
			if err := d.startMCU(s); err != nil {
				return err
			}
			for _, c := range s.comps {
				for v := range c.v {
					row := c.plane[(my%2*c.v+v)*8*c.pitch:]
					for h := range c.h {
						last := d.entropy.block(&d.block, c)
						if last < 0 {
							d.block = block{}
							return d.entropy.fail()
						}
						d.block.idct(row[mx*c.h+h:], c.pitch, last)
						d.block = block{}
					}
				}
			}
		}
		if d.entropy.overrun() {
			return d.entropy.fail()
		}
		d.emit(my)
	}
	return nil
}

// walk visits the blocks of a scan in its order (A.2).
func (d *decoder) walk(s *scanHeader, visit func(c *component, coefs *[64]int16) bool) error {
	mcusX, mcusY := d.mcusX, d.mcusY
	one := len(s.comps) == 1 // then an MCU is one block, and there is no padding to whole MCUs
	if one {
		mcusX, mcusY = s.comps[0].blocksX, s.comps[0].blocksY
	}
	for my := range mcusY {
		for mx := range mcusX {
			if err := d.startMCU(s); err != nil {
				return err
			}
			for _, c := range s.comps {
				h, v := c.h, c.v
				if one {
					h, v = 1, 1
				}
				for i := range h * v {
					at := 64 * ((my*v+i/h)*c.paddedX + mx*h + i%h)
					if !visit(c, (*[64]int16)(c.coefs[at:])) {
						return d.entropy.fail()
					}
				}
			}
		}
		if d.entropy.overrun() {
			return d.entropy.fail()
		}
	}
	return nil
}
