package tail

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// A class gradient is the mean of so many draws of so many images at most.
const (
	draws     = 10
	drawnOnce = 32
)

// What a trace calls the draws.
const (
	drawnImages  uint64 = 3 // of a client, by class
	drawnFeature uint64 = 4 // the first features
	drawnHead    uint64 = 5 // a head
	drawnBatch   uint64 = 6 // of features
)

// classGradients lists the classes that a client owns, and for each the gradient of the mean cross-entropy of its
// images with respect to the head, W and then b, at the global body and the head in the question.
func classGradients(c *fed.Client, q fed.Message) (classes, gradients []float32) {
	head := c.Module().(peft.Headed).Head()
	size, counts := head.Count(), c.Counts()
	for class, n := range counts {
		if n > 0 {
			classes = append(classes, float32(class))
		}
	}
	gradients = c.Zeros(len(classes) * size)
	phi := withHead(q["phi"], q["head"])
	var memory f32.Arena
	for i, class := range classes {
		memory.Reset()
		rows, times := drawn(c, int(class))
		run := c.Module().At(&memory, phi).Forward(&memory, c.Gather(rows), nil)
		delta, y := memory.Matrix(len(rows), head[0].Rows), make([]int32, len(rows))
		for j := range y {
			y[j] = int32(class)
		}
		train.CrossEntropy(delta, run.Logits(), y)
		total := 0
		for _, n := range times {
			total += n
		}
		for j, n := range times {
			f32.Scale(float32(n*len(rows))/float32(total), delta.Row(j))
		}
		h := memory.Clone(run.(peft.Featured).Feature())
		f32.Scale(c.Head().Scale, h.Data)
		at := headOf(head[0], gradients[i*size:(i+1)*size])
		f32.AddTMul(at.W, delta, h)
		f32.AddRowSums(at.B, delta)
	}
	return classes, gradients
}

// drawn draws images of a class, and says how often each comes. Draws of all images are the same one.
func drawn(c *fed.Client, class int) (rows, times []int) {
	all := c.Rows(class)
	count := make([]int, len(all))
	if len(all) <= drawnOnce {
		c.Note(drawnImages, class, all)
		for i := range count {
			count[i] = 1
		}
		return all, count
	}
	rng := c.Stream(seed.Draw, uint64(class))
	var noted []int
	for range draws {
		for _, i := range rng.Perm(len(all))[:drawnOnce] {
			count[i]++
			noted = append(noted, all[i])
		}
	}
	c.Note(drawnImages, class, noted)
	for i, n := range count {
		if n > 0 {
			rows, times = append(rows, all[i]), append(times, n)
		}
	}
	return rows, times
}

// classifier is a head, or a gradient of one: ℓ = W h + b, with W (C,D) and b (C).
type classifier struct {
	W f32.Matrix
	B []float32
}

// headOf is the head in a packed vector, for its weight tensor.
func headOf(w peft.Tensor, packed []float32) classifier {
	n := w.Rows * w.Cols
	return classifier{f32.Of(w.Rows, w.Cols, packed[:n:n]), packed[n:]}
}

// means are the class gradients' plain means over the clients that own the class.
type means struct {
	size   int
	sums   [][]float64 // by class; nil: nobody in the cohort owns it
	owners []int
}

func newMeans(classes, size int) *means {
	return &means{size, make([][]float64, classes), make([]int, classes)}
}

// add takes a client's answer.
func (m *means) add(classes, gradients []float32) {
	for i, class := range classes {
		c := int(class)
		if m.sums[c] == nil {
			m.sums[c] = make([]float64, m.size)
		}
		f32.Weigh(1, gradients[i*m.size:(i+1)*m.size], m.sums[c])
		m.owners[c]++
	}
}

// of writes the mean of a class, if anybody owns it.
func (m *means) of(class int, packed []float32) bool {
	for i, v := range m.sums[class] {
		packed[i] = float32(v / float64(m.owners[class]))
	}
	return m.owners[class] > 0
}
