package main

import (
	"fmt"
	"log"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// curve is a cost against one size, the others fixed.
type curve struct {
	Name   string  `json:"name"`
	Doc    string  `json:"doc"`
	Unit   string  `json:"unit"`
	Points []point `json:"points"`
}

// point is one size: ours, and the products alone on as many cores, in the curve's unit.
type point struct {
	Size        int
	Ours, Bound float64
}

// curves measures rounds of both stages in this process, on all cores. All clients take part.
func (s *sheet) curves(quick bool) error {
	cores := runtime.NumCPU()
	base := world{train: 8192, test: 32, classes: 100, dim: 512}
	sweep := func(c curve, scale float64, sizes []int, set func(w *world, clients *int, size int)) error {
		for i, size := range sizes {
			if quick && i > 1 {
				break
			}
			w, clients := base, 16
			set(&w, &clients, size)
			log.Printf("curve %s: %d", c.Name, size)
			e, err := w.engine(clients, cores, settings(), 1)
			if err != nil {
				return err
			}
			start := time.Now()
			seconds, err := e.round(2)
			if err != nil {
				return err
			}
			log.Printf("  %.2f s, with its making %.1f s", seconds, time.Since(start).Seconds())
			steps := float64(clients) * float64(max(w.train/clients/32, 1))
			products := append(purifiedStep(32, w.dim, w.classes), personalStep(32, w.dim, w.classes)...)
			bound := steps * s.Rates.seconds(products) / float64(cores)
			unit := scale / per(c.Name, w)
			c.Points = append(c.Points, point{size, seconds * unit, bound * unit})
		}
		s.Curves = append(s.Curves, c)
		return nil
	}
	sizes := func(all []int) []int { return slices.Clone(all) }
	samples := curve{
		Name: "samples",
		Doc:  "A round of both stages, 16 clients, D=512, C=100: seconds.",
		Unit: "seconds a round",
	}
	classes := curve{
		Name: "classes",
		Doc:  "The same with 8192 training rows: µs per sample.",
		Unit: "µs a sample",
	}
	dimension := curve{
		Name: "dimension",
		Doc:  "The same with C=100: µs per sample. The gate has 2D² + 2D parameters.",
		Unit: "µs a sample",
	}
	clients := curve{
		Name: "clients",
		Doc: "32 training rows a client, D=128, C=100: a round in which all clients take part, in ms per client. " +
			"From 8,000 clients on their parameters lie in a file.",
		Unit: "ms a client",
	}
	err := sweep(samples, 1, sizes(sampleSizes), func(w *world, _ *int, n int) { w.train = n })
	if err == nil {
		err = sweep(classes, 1e6, sizes(classSizes), func(w *world, _ *int, n int) { w.classes = n })
	}
	if err == nil {
		err = sweep(dimension, 1e6, sizes(dimSizes), func(w *world, _ *int, n int) { w.dim = n })
	}
	if err == nil {
		err = sweep(clients, 1e3, sizes(clientSizes), func(w *world, clients *int, n int) {
			w.dim, w.train, *clients = 128, 32*n, n
		})
	}
	return err
}

// per is what the cost of a round is divided by.
func per(name string, w world) float64 {
	switch name {
	case "samples":
		return 1
	case "clients":
		return float64(w.train / 32)
	}
	return float64(w.train)
}

// draw writes the curve as a picture, both axes logarithmic.
func (c curve) draw(path string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "Cost against "+c.Name, c.Name, c.Unit
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	add := func(name string, dashed bool, y func(point) float64) error {
		var xy plotter.XYs
		for _, q := range c.Points {
			if v := y(q); v > 0 {
				xy = append(xy, plotter.XY{X: float64(q.Size), Y: v})
			}
		}
		if len(xy) == 0 {
			return nil
		}
		line, marks, err := plotter.NewLinePoints(xy)
		if err != nil {
			return fmt.Errorf("draw %s: %w", path, err)
		}
		if dashed {
			line.Dashes = []vg.Length{4, 3}
		}
		p.Add(line, marks)
		p.Legend.Add(name, line)
		return nil
	}
	if err := add("fedpurel", false, func(q point) float64 { return q.Ours }); err != nil {
		return err
	}
	if err := add("products alone, OpenBLAS", true, func(q point) float64 { return q.Bound }); err != nil {
		return err
	}
	p.Legend.Top, p.Legend.Left = true, true
	return p.Save(14*vg.Centimeter, 9*vg.Centimeter, path)
}
