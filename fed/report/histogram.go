package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// histogram is the clients' training data as a grid for plotter.HeatMap: columns are classes, rows clients.
type histogram struct {
	clients []metric.Client
	order   []int
}

func (h histogram) Dims() (c, r int) { return len(h.order), len(h.clients) }
func (h histogram) X(c int) float64  { return float64(c) }
func (h histogram) Y(r int) float64  { return float64(r + 1) }
func (h histogram) Z(c, r int) float64 {
	return math.Log1p(float64(h.clients[r].Histogram[h.order[c]]))
}

// ClientData draws how many training images of each class every client owns, as SVG. It reads TrainCounts and the
// clients' histograms.
func ClientData(r metric.Result) ([]byte, error) {
	p := canvas("Training images of every client, by class", "classes, by training images", "client")
	h := histogram{r.Clients, byCount(r.TrainCounts)}
	top := 0.0
	for c := range h.order {
		for k := range h.clients {
			top = max(top, h.Z(c, k))
		}
	}
	heat := plotter.NewHeatMap(h, whiteToBlue(64))
	heat.Min, heat.Max = 0, max(top, 1)
	p.Add(heat)
	p.X.Tick.Marker = plot.ConstantTicks{}
	return svg(p, min(figureHeight, vg.Length(3+0.35*float64(len(r.Clients)))*vg.Centimeter))
}

// blues is a palette from white to the colour of FedPuReL.
type blues []color.Color

func (b blues) Colors() []color.Color { return b }

func whiteToBlue(n int) palette.Palette {
	var b blues
	for i := range n {
		t := float64(i) / float64(n-1)
		mix := func(from, to float64) uint8 { return uint8(from + t*(to-from)) }
		b = append(b, color.RGBA{mix(255, 0), mix(255, 80), mix(255, 150), 255})
	}
	return b
}
