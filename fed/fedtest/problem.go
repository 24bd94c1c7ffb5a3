// Package fedtest makes small federated problems for tests: Gaussian features around class directions, a long tail, and
// a zero-shot head that is good but not perfect.
package fedtest

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Sizes of every problem.
const (
	Classes = 8
	Dim     = 16
)

// Source is a split in memory.
type Source struct {
	X f32.Matrix
	Y []int32
}

func (s *Source) Len() int        { return s.X.Rows }
func (s *Source) Dim() int        { return s.X.Cols }
func (s *Source) Labels() []int32 { return s.Y }

// Gather copies rows.
func (s *Source) Gather(dst f32.Matrix, rows []int) error {
	for i, r := range rows {
		copy(dst.Row(i), s.X.Row(r))
	}
	return nil
}

// Problem is data, its division among clients, and a head.
type Problem struct {
	Head        peft.Head
	Train, Test *Source
	Partition   *partition.Partition
}

// New makes a problem with 60 training and 20 test samples a class before the long tail, divided over clients.
func New(clients int) Problem {
	rng := rand.New(rand.NewPCG(11, 12))
	gauss := func(rows, cols int, scale float64) f32.Matrix {
		m := f32.New(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(rng.NormFloat64() * scale)
		}
		return m
	}
	directions, text := gauss(Classes, Dim, 1), f32.New(Classes, Dim)
	for c := range Classes { // the text knows the direction roughly
		noise := gauss(1, Dim, 0.7)
		for j, v := range directions.Row(c) {
			noise.Data[j] += v
		}
		f32.Normalize(text.Row(c), noise.Data)
	}
	split := func(perClass int) *Source {
		s := &Source{X: gauss(Classes*perClass, Dim, 1.3)}
		for i := range s.X.Rows {
			c := i % Classes
			s.Y = append(s.Y, int32(c))
			f32.Axpy(1, directions.Row(c), s.X.Row(i))
		}
		return s
	}
	p := Problem{Head: peft.Head{Text: text, Scale: 12}, Train: split(60), Test: split(20)}
	o := partition.Default()
	o.Clients, o.Imbalance = clients, 10
	var err error
	if p.Partition, err = partition.Make(p.Train.Y, p.Test.Y, Classes, o); err != nil {
		panic("fedtest: " + err.Error())
	}
	return p
}

// Module builds a module of the table on the problem's head.
func (p Problem) Module(name string) peft.Module {
	m, err := peft.New(name, p.Head, peft.Options{Rank: 3, Alpha: 3})
	if err != nil {
		panic("fedtest: " + err.Error())
	}
	return m
}
