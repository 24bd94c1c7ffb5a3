package fed

import (
	"errors"
	"math"

	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The engine's own stages, and the vector that every question carries if the run's loss reads everybody's class counts.
const (
	CountsStage = "counts" // answers with the client's images by class
	headStage   = "class-rows"
	countsName  = "counts"
)

// ownStages are asked for before the first round.
var ownStages = Stages{CountsStage: counts, headStage: classRows}

// counts answers with the client's training samples by class. float32 holds whole numbers up to 16.7 million.
func counts(c *Client, _ Message) Message {
	own := c.Counts()
	answer := c.Zeros(len(own))
	for i, n := range own {
		answer[i] = float32(n)
	}
	return Message{countsName: answer}
}

// How classRows learns.
const (
	headPass  = 1 << 32 // coordinate of the batch order: no method's
	headBatch = 32
	headRate  = 1000 // η s²: logits are s times what W is multiplied with, and so are gradients
	headFloor = 5    // samples that a class has at least in the estimate
)

// classRows fits the trainable classifier W alone, from the class texts T where the run starts, by an epoch of plain
// SGD on the cross-entropy, and answers with what a server can read off the update for every class,
//
//	r_c = ⟨W_c − T_c, t_c − t̄⟩,  t̄ the mean of all t_c
//
// Without secure aggregation a server that has the update has r_c. That a row grows with the samples of its class is
// the idea of GBME (ICCV 2023; read Spinozaaa/Federated-Long-tailed-Learning), whose  r_c = Σ_d (W_c − T_c)_d  assumes
// features without negative coordinates, and a classifier that knows nothing yet. Neither holds here: embeddings have
// both signs, and from T a small step reads errors, δ = p − y with p near y, instead of labels. So the row is read
// along its class text, and steps are so large that the classifier forgets at once what it knew. Its mixture of
// experts is another method.
func classRows(c *Client, _ Message) Message {
	module, able := c.Module().(peft.Headed)
	if !able {
		c.Fail(errors.New("class counts can be estimated only from a trainable head, which the module lacks"))
		return nil
	}
	head, text, s := module.Head(), c.Head().Text, float64(c.Head().Scale)
	phi := c.Copy(c.Initial())
	sgd := train.SGD{LR: headRate / (s * s)}.Continue(nil)
	pass := Pass{Stage: headPass, Batching: Batching{Size: headBatch}, Only: head}
	c.Descend(pass, phi, sgd, func(phi []float32, b *Batch) *train.Gradient {
		p := b.At(phi)
		delta := c.batchMemory.Matrix(p.Logits.Rows, p.Logits.Cols)
		train.CrossEntropy(delta, p.Logits, b.Y)
		return p.Back(delta)
	})
	centre := make([]float32, text.Cols)
	for k := range text.Rows {
		f32.Axpy(1/float32(text.Rows), text.Row(k), centre)
	}
	w, start := head[0].Of(phi), head[0].Of(c.Initial())
	rows, moved, along := c.Zeros(w.Rows), make([]float32, w.Cols), make([]float32, w.Cols)
	for k := range rows {
		copy(moved, w.Row(k))
		f32.Axpy(-1, start.Row(k), moved)
		copy(along, text.Row(k))
		f32.Axpy(-1, centre, along)
		rows[k] = float32(f32.Dot(moved, along))
	}
	return Message{headStage: rows}
}

// count learns everybody's class counts once, if the run's loss reads them; from then on every question carries them.
func (t *training) count(r *Round) (err error) {
	learn := t.told
	switch t.home.Loss.Census(t.home.Loss.Options) {
	case train.NoCensus:
		return nil
	case train.Estimated:
		learn = t.estimated
	}
	if r.Shared[countsName] == nil {
		if r.Shared[countsName], err = learn(r); err != nil {
			return err
		}
	}
	r.everyone = Message{countsName: r.Shared[countsName]}
	return nil
}

// nothing is sent with the engine's questions: clients know their counts, and where the run starts.
func nothing(int) Message { return nil }

// told is the sum of what all clients tell.
func (t *training) told(r *Round) (sum []float32, err error) {
	ask := Ask{Stage: CountsStage, Of: r.Everyone(), Question: nothing, Whole: true}
	ask.Fold = func(_ int, answer Message) {
		if sum == nil {
			sum = make([]float32, len(answer[countsName]))
		}
		for i, n := range answer[countsName] {
			sum[i] += n
		}
	}
	err = r.Ask(ask)
	return sum, err
}

// estimated shares out every client's n_k samples by what its update says of the classes,  Σ_k n_k r⁺_kc / Σ_c r⁺_kc
// with  r⁺ = max(r, 10⁻⁵),  at least 5 a class. Where clients live in this process, the cosine with the true counts is
// observed.
func (t *training) estimated(r *Round) ([]float32, error) {
	sum := make([]float64, t.home.Head.Text.Rows)
	ask := Ask{Stage: headStage, Of: r.Everyone(), Question: nothing, Whole: true}
	ask.Fold = func(k int, answer Message) {
		var total float64
		for _, v := range answer[headStage] {
			total += max(float64(v), 1e-5)
		}
		for i, v := range answer[headStage] {
			sum[i] += float64(r.Size(k)) * max(float64(v), 1e-5) / total
		}
	}
	if err := r.Ask(ask); err != nil {
		return nil, err
	}
	estimate := make([]float32, len(sum))
	for i, n := range sum {
		estimate[i] = float32(math.Round(max(n, headFloor)))
	}
	if t.home.Train == nil {
		return estimate, nil
	}
	truth := t.home.census()
	r.Observe("prior_cosine", f32.Dot(estimate, truth)/(f32.Norm(estimate)*f32.Norm(truth)))
	return estimate, nil
}

// census counts the training samples of all clients that live here, by class.
func (h *Home) census() []float32 {
	counts := make([]float32, h.Head.Text.Rows)
	for _, s := range h.Shards {
		for _, row := range s.Train {
			counts[h.Train.Labels()[row]]++
		}
	}
	return counts
}
