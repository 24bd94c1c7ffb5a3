// Package documenttest makes whole reports from invented numbers, of any number of methods and classes and with names
// that a renderer must survive. Equal shapes make equal reports.
package documenttest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Shape is how large a report is and what is in it.
type Shape struct {
	Methods  int  // without zero-shot, at least 1
	Classes  int  // at least 3
	Clients  int  // 30 if it is 0
	Rounds   int  // 100 if it is 0
	Seeds    int  // data seeds; with fewer than 2 there are no bands and no intervals
	Hostile  bool // names are such as renderers stumble over
	Pictures bool // otherwise that section says why it is empty
}

// New makes a report of a shape.
func New(s Shape) *document.Document {
	if s.Clients == 0 {
		s.Clients = 30
	}
	if s.Rounds == 0 {
		s.Rounds = 100
	}
	w := newWorld(s)
	return &document.Document{
		Title: w.word("Federated learning of Cifar-100 with a long tail"),
		Deck: fmt.Sprintf("%d classes, %d clients, %d rounds; CLIP ViT-B/16, low-rank adapter.",
			s.Classes, s.Clients, s.Rounds),
		Made:     made(),
		Findings: w.findings(),
		Warnings: w.warnings(),
		Methods:  w.keys(),
		Summary:  w.summary(),
		Main:     w.main(),
		Sections: w.sections(),
		Source:   w.source(),
	}
}

// world is what a report's numbers are drawn from.
type world struct {
	Shape
	random  *rand.Rand
	methods []chart.Method // without zero-shot
	zero    chart.Method
	classes []class // by falling count
	name    func(i int, plain string) string
}

// class is one class: its accuracies in percent, its training images.
type class struct {
	name             string
	count            int
	zero             float64
	global, personal []float64 // by method
}

func newWorld(s Shape) *world {
	w := &world{Shape: s, random: rand.New(rand.NewPCG(19, uint64(s.Methods*10000+s.Classes))), name: plainly}
	if s.Hostile {
		w.name = hostilely
	}
	w.zero = chart.Method{ID: "zero-shot", Name: "zero-shot"}
	for i := range s.Methods {
		id := fmt.Sprintf("m%d", i+1)
		w.methods = append(w.methods, chart.Method{ID: id, Name: w.name(i, methodName(i)), Slot: i + 1})
	}
	for c := range s.Classes {
		t := float64(c) / float64(s.Classes-1)
		one := class{name: w.name(c, className(c)), count: max(1, int(500*math.Pow(0.01, t)))}
		one.zero = percent(45 + 45*w.random.Float64())
		for i := range w.methods {
			one.global = append(one.global, percent(one.zero+8*(0.8-t)-float64(i)*0.6+5*w.random.NormFloat64()))
			one.personal = append(one.personal, percent(one.zero+10*(1.1-t)-float64(i)*0.5+4*w.random.NormFloat64()))
		}
		w.classes = append(w.classes, one)
	}
	return w
}

// word returns a line of text, with something hostile behind it in a hostile report.
func (w *world) word(plain string) string {
	if w.Hostile {
		return plain + " " + Hostile[0] + " " + Hostile[1]
	}
	return plain
}

// keys is zero-shot and the methods.
func (w *world) keys() []chart.Method { return append([]chart.Method{w.zero}, w.methods...) }

// percent keeps a number within what accuracies can be.
func percent(x float64) float64 { return math.Round(10*min(100, max(0, x))) / 10 }
