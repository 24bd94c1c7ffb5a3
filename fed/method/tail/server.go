package tail

import (
	"fmt"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// server is what the server's side of CReFF works on.
type server struct {
	w             peft.Tensor
	classes, size int     // C, and the numbers of a head
	spread        float64 // a: features are of variance a²
}

// spreading is how much longer the noise around a class text is than the text: images of a dual encoder are no nearer.
const spreading = 3

// What the server draws, as coordinates of its streams.
const (
	toFeatures uint64 = iota // class
	toHead                   // 0 before the first round, 1 in a round
	toOrder                  // epoch
)

func (m CReFF) server(r *fed.Round) server {
	head := r.Module().(peft.Headed).Head()
	s := server{w: head[0], classes: head[0].Rows, size: head.Count(), spread: 1}
	if m.Start == texts {
		s.spread = float64(r.Head().Scale) / math.Sqrt(float64(s.w.Cols))
	}
	return s
}

// begin draws the first features, N for each class one after the other, and the first head.
func (m CReFF) begin(r *fed.Round, s server) (err error) {
	h := f32.New(s.classes*m.Features, s.w.Cols)
	for class := range s.classes {
		rng := r.Stream(seed.Server, toFeatures, uint64(class))
		for j := range m.Features {
			row := h.Row(class*m.Features + j)
			for i := range row {
				row[i] = float32(rng.NormFloat64())
			}
			if m.Start == texts { // h = s (t_c + noise) / ‖t_c + noise‖
				f32.Scale(float32(spreading/math.Sqrt(float64(len(row)))), row)
				f32.Axpy(1, r.Head().Text.Row(class), row)
				f32.Normalize(row, row)
				f32.Scale(r.Head().Scale, row)
			}
		}
	}
	r.Own["features"] = h.Data
	if r.Shared["head"], err = m.newHead(r, s, 0); err != nil {
		return err
	}
	return r.Note(fed.Step{Stage: drawnFeature, Drawn: h})
}

// newHead is a head before it is trained: the run's initial one, or drawn as PyTorch draws a linear layer,
// U(−1/√D, 1/√D).
func (m CReFF) newHead(r *fed.Round, s server, at uint64) ([]float32, error) {
	if m.Start == texts {
		return r.Module().(peft.Headed).Head().Take(r.Initial()), nil
	}
	head, rng, bound := make([]float32, s.size), r.Stream(seed.Server, toHead, at), 1/math.Sqrt(float64(s.w.Cols))
	for i := range head {
		head[i] = float32((2*rng.Float64() - 1) * bound)
	}
	return head, r.Note(fed.Step{Stage: drawnHead, Step: int(at), Drawn: f32.Of(1, len(head), slices.Clone(head))})
}

// match moves the features of every class that somebody in the cohort owns, at the head that was sent.
func (m CReFF) match(r *fed.Round, s server, features []float32, real *means) error {
	at, packed := headOf(s.w, r.Shared["head"]), make([]float32, s.size)
	var memory f32.Arena
	n := m.Features * s.w.Cols
	for class := range s.classes {
		if err := r.Err(); err != nil {
			return err
		}
		if !real.of(class, packed) {
			continue
		}
		h := f32.Of(m.Features, s.w.Cols, features[class*n:(class+1)*n])
		eta := m.FeatureLR * s.spread * s.spread
		last := at.descend(&memory, h, class, headOf(s.w, packed), eta, m.Steps)
		r.Observe("matching", last/float64(s.classes+1))
		if !f32.Finite(h.Data) {
			return fmt.Errorf("fed: round %d: federated features are not finite; lower --creff-feature-lr", r.Index+1)
		}
	}
	return nil
}

// retrain fits a new head to all features by plain SGD on the cross-entropy.
func (m CReFF) retrain(r *fed.Round, s server, features []float32) ([]float32, error) {
	head, err := m.newHead(r, s, 1)
	if err != nil {
		return nil, err
	}
	at, h := headOf(s.w, head), f32.Of(s.classes*m.Features, s.w.Cols, features)
	weights := f32.Descent{LR: float32(m.HeadLR / (s.spread * s.spread))}
	biases := f32.Descent{LR: float32(m.HeadLR)}
	var memory f32.Arena
	step := 0
	for epoch := range m.HeadEpochs {
		if err := r.Err(); err != nil {
			return nil, err
		}
		order := r.Stream(seed.Server, toOrder, uint64(epoch)).Perm(h.Rows)
		for rows := range slices.Chunk(order, m.Batch) {
			if err := r.Note(fed.Step{Stage: drawnBatch, Step: step, Rows: rows}); err != nil {
				return nil, err
			}
			step++
			memory.Reset()
			x, y := memory.Matrix(len(rows), h.Cols), make([]int32, len(rows))
			for i, j := range rows {
				copy(x.Row(i), h.Row(j))
				y[i] = int32(j / m.Features)
			}
			delta := memory.Matrix(len(rows), s.classes)
			f32.MulT(delta, x, at.W)
			f32.AddRow(delta, at.B)
			train.CrossEntropy(delta, delta, y)
			sum := memory.Zeros(s.classes)
			f32.AddRowSums(sum, delta)
			weights.TMul(at.W, f32.Matrix{}, delta, x)
			biases.Step(at.B, nil, sum)
		}
	}
	if !f32.Finite(head) {
		return nil, fmt.Errorf("fed: round %d: the re-trained head is not finite; lower --creff-lr", r.Index+1)
	}
	return head, nil
}
