package report

import (
	"bytes"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// perPanel is how many methods a panel shows: more are neither told apart by colour nor named beside the lines.
const perPanel = 7

// panels divides groups among as few panels as they need, about as many in each; zero-shot is in all of them.
func panels(groups []group) [][]group {
	var zero []group
	for _, g := range groups {
		if g.method == "zeroshot" {
			zero = append(zero, g)
		}
	}
	shown := trained(groups)
	n := max(1, (len(shown)+perPanel-1)/perPanel)
	var all [][]group
	for i := range n {
		part := append([]group(nil), shown[i*len(shown)/n:(i+1)*len(shown)/n]...)
		all = append(all, append(part, zero...))
	}
	return all
}

// numbered is a panel's title: of several, each says which it is.
func numbered(title string, i, n int) string {
	if n == 1 {
		return title
	}
	return fmt.Sprintf("%s (%d of %d)", title, i+1, n)
}

// stacked renders panels of one figure below each other, on the same axes.
func stacked(plots []*plot.Plot) (rendering, error) {
	first := plots[0]
	for _, p := range plots {
		first.X.Min, first.X.Max = math.Min(first.X.Min, p.X.Min), math.Max(first.X.Max, p.X.Max)
		first.Y.Min, first.Y.Max = math.Min(first.Y.Min, p.Y.Min), math.Max(first.Y.Max, p.Y.Max)
	}
	n := len(plots)
	return func(format string) ([]byte, error) {
		c, err := draw.NewFormattedCanvas(figureWidth, vg.Length(n)*figureHeight, format)
		if err != nil {
			return nil, fmt.Errorf("report: draw: %w", err)
		}
		for i, p := range plots {
			p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = first.X.Min, first.X.Max, first.Y.Min, first.Y.Max
			above, below := vg.Length(i)*figureHeight, vg.Length(n-1-i)*figureHeight
			p.Draw(draw.Crop(draw.New(c), 0, 0, below, -above))
		}
		var b bytes.Buffer
		if _, err := c.WriteTo(&b); err != nil {
			return nil, fmt.Errorf("report: draw: %w", err)
		}
		return undated(b.Bytes()), nil
	}, nil
}

// beside puts a legend right of the lines, which end at hi, its marks left of its text: a browser's font may be wider
// than the plot's.
func beside(p *plot.Plot, lo, hi float64) {
	p.Legend.Left, p.Legend.XOffs = true, figureWidth*0.66
	p.X.Min, p.X.Max = lo, lo+(hi-lo)*1.45
}
