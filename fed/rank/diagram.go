package rank

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Sizes of the diagram, in pixels.
const (
	axisWidth = 420
	lineStep  = 22 // from label to label
	barStep   = 9  // from bar to bar
	perRune   = 7  // of a label's text, about
	axisAt    = 70 // from the top; a critical difference stands above it
)

// svg is a diagram that is being drawn.
type svg struct {
	strings.Builder
	left    float64 // where rank 1 is
	perRank float64
}

func (s *svg) x(rank float64) float64 { return s.left + (rank-1)*s.perRank }

func (s *svg) line(width float64, points ...float64) {
	fmt.Fprintf(s, `<polyline fill="none" stroke="black" stroke-width="%g" points="`, width)
	for i := 0; i < len(points); i += 2 {
		fmt.Fprintf(s, "%.1f,%.1f ", points[i], points[i+1])
	}
	s.WriteString("\"/>\n")
}

func (s *svg) text(anchor string, x, y float64, text string) {
	fmt.Fprintf(s, `<text text-anchor="%s" x="%.1f" y="%.1f">`, anchor, x, y)
	_ = xml.EscapeText(s, []byte(text)) // into memory
	s.WriteString("</text>\n")
}

// diagram draws the critical-difference diagram (Demšar, JMLR 2006): mean ranks on a line, the best on the left; bars
// below it join methods that cannot be told apart.
func (r *Ranking) diagram(w io.Writer) error {
	k, longest := len(r.Methods), 0
	for _, name := range r.Methods {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	margin := float64(perRune*(longest+7) + 20)
	s := &svg{left: margin, perRank: axisWidth / float64(k-1)}
	levels, bottom := stack(r.Bars)
	first := float64(axisAt + 24 + barStep*bottom)
	width, height := 2*margin+axisWidth, first+lineStep*float64((k-1)/2)+16
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" `+
		`font-family="Liberation Sans, Arial, sans-serif" font-size="13">`+"\n", width, height, width, height)
	s.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	s.axis(k)
	for i, bar := range r.Bars {
		y := float64(axisAt + 12 + barStep*levels[i])
		s.line(4, s.x(r.Mean[bar[0]])-3, y, s.x(r.Mean[bar[len(bar)-1]])+3, y)
	}
	if r.Nemenyi > 0 {
		s.difference(r.Nemenyi)
	}
	for m, name := range r.Methods {
		x, label := s.x(r.Mean[m]), fmt.Sprintf("%s  %.2f", name, r.Mean[m])
		if m < (k+1)/2 { // the better half stands on the left, the best on top
			y := first + lineStep*float64(m)
			s.line(1, x, axisAt, x, y, margin-8, y)
			s.text("end", margin-12, y+4, label)
			continue
		}
		y := first + lineStep*float64(k-1-m)
		s.line(1, x, axisAt, x, y, margin+axisWidth+8, y)
		s.text("start", margin+axisWidth+12, y+4, fmt.Sprintf("%.2f  %s", r.Mean[m], name))
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// axis is the line of ranks.
func (s *svg) axis(k int) {
	s.line(1.2, s.x(1), axisAt, s.x(float64(k)), axisAt)
	for rank := 1; rank <= k; rank++ {
		x := s.x(float64(rank))
		s.line(1.2, x, axisAt, x, axisAt-7)
		s.text("middle", x, axisAt-12, fmt.Sprint(rank))
	}
}

// difference is the critical one, as a length above the axis.
func (s *svg) difference(cd float64) {
	const y = 30
	from, to := s.x(1), s.x(1+cd)
	s.line(1.2, from, y-4, from, y+4)
	s.line(1.2, from, y, to, y)
	s.line(1.2, to, y-4, to, y+4)
	s.text("middle", (from+to)/2, y-8, fmt.Sprintf("CD = %.2f", cd))
}

// stack puts each bar at the highest level where it touches no other, and counts the levels. Bars come from left to
// right.
func stack(bars [][]int) (level []int, levels int) {
	var ends []int // of the last bar at each level
	for _, bar := range bars {
		at := 0
		for at < len(ends) && ends[at] >= bar[0] {
			at++
		}
		if at == len(ends) {
			ends = append(ends, 0)
		}
		ends[at] = bar[len(bar)-1]
		level = append(level, at)
	}
	return level, len(ends)
}
