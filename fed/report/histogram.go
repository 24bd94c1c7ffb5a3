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

// namedUpTo is the number of clients up to which a figure has room for their names, and of letters that one may have.
const (
	namedUpTo   = 24
	lettersUpTo = 24
)

// ClientData draws how many training images of each class every client owns, as SVG. It reads TrainCounts, the clients'
// histograms and, if there is room, their names.
func ClientData(r metric.Result) ([]byte, error) { return clientData(r)("svg") }

func clientData(r metric.Result) rendering {
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
	height := min(figureHeight, vg.Length(3+0.35*float64(len(r.Clients)))*vg.Centimeter)
	if names := clientTicks(r.Clients); names != nil {
		p.Y.Tick.Marker = names
		height = vg.Length(3+0.42*float64(len(r.Clients))) * vg.Centimeter
	}
	return sheet(p, height)
}

// clientTicks names the clients at their places; nil if they have no names, or there are too many.
func clientTicks(clients []metric.Client) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for k, c := range clients {
		if c.Name == "" || len(clients) > namedUpTo {
			return nil
		}
		name := []rune(c.Name)
		if len(name) > lettersUpTo {
			name = append(name[:lettersUpTo-1], '…')
		}
		ticks = append(ticks, plot.Tick{Value: float64(k + 1), Label: string(name)})
	}
	return ticks
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
