package eval

import (
	"context"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

// view is one block under evaluation.
type view struct {
	*scene
	e      *Evaluator
	ctx    context.Context
	desk   *desk
	block  *block
	detail Detail
	x      f32.Matrix
	labels []int
	done   map[fed.Identity]f32.Matrix // logits of parts that are run once a block
}

// tally evaluates one block sequentially. It says nothing of zero-shot if that is known already.
func (e *Evaluator) tally(ctx context.Context, d *desk, b *block, s *scene, detail Detail) (t Tally, err error) {
	d.block.Reset()
	t = Tally{
		Owner: b.owner, Rows: b.rows, Clients: s != nil && s.global == nil, Global: metric.NewCounts(e.classes),
		Right: metric.Right{Global: metric.NewRows(len(b.rows)), Personal: metric.NewRows(len(b.rows))},
	}
	if t.Clients {
		t.Right.Global = nil
	}
	if b.owner >= 0 {
		t.Personal = metric.NewCounts(e.classes)
	}
	if detail >= Full {
		t.Reliability, t.Guesses = map[string][]metric.Reliability{}, map[string]Guesses{}
	}
	v := &view{scene: s, e: e, ctx: ctx, desk: d, block: b, detail: detail, done: map[fed.Identity]f32.Matrix{}}
	v.x = d.block.Matrix(len(b.rows), e.Test.Dim())
	if err := e.Test.Gather(v.x, b.rows); err != nil {
		return t, err
	}
	v.labels = make([]int, len(b.rows))
	for i, r := range b.rows {
		v.labels[i] = int(e.Test.Labels()[r])
	}
	var zero f32.Matrix
	if e.zero == nil || s == nil || detail > Accuracy {
		zero = e.Head.ZeroShot(&d.block, v.x)
		t.ZeroShot = metric.NewCounts(e.classes)
		v.count(t.ZeroShot, zero, nil)
		v.trust(&t, "zero_shot", zero)
	}
	if s == nil { // every model is the zero-shot one
		v.frozen(&t, zero)
		return t, nil
	}
	b.forget()
	if err = v.global(&t, zero); err == nil && b.owner >= 0 {
		err = v.personal(&t)
	}
	return t, err
}

// frozen evaluates the encoder alone.
func (v *view) frozen(t *Tally, zero f32.Matrix) {
	v.count(t.Global, zero, t.Right.Global)
	v.count(t.Personal, zero, t.Right.Personal)
	v.trust(t, "global", zero)
	if v.block.owner >= 0 {
		v.trust(t, "personal", zero)
	}
	if v.detail > Accuracy {
		t.Moved = moved(zero, zero)
	}
}

// global evaluates the global model; where there is none, the models of all clients that have one, together.
func (v *view) global(t *Tally, zero f32.Matrix) error {
	if v.scene.global == nil {
		return v.everybody(t)
	}
	raw, err := v.scene.global.Logits(&v.desk.block, v.run)
	if err != nil {
		return err
	}
	logits := v.e.adjusted(raw)
	v.count(t.Global, logits, t.Right.Global)
	v.trust(t, "global", logits)
	if v.detail > Accuracy {
		t.Moved = moved(raw, zero)
	}
	return nil
}

func (v *view) everybody(t *Tally) error {
	for _, k := range v.clients {
		v.desk.model.Reset()
		err := v.ask(k, func(m fed.Model) error {
			logits, err := m.Logits(&v.desk.model, func(p fed.Part) (f32.Matrix, error) {
				return v.forward(&v.desk.model, p)
			})
			if err == nil {
				v.count(t.Global, v.e.adjusted(logits), nil)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// personal evaluates the owner's model.
func (v *view) personal(t *Tally) error {
	return v.ask(v.block.owner, func(m fed.Model) error {
		logits, err := m.Logits(&v.desk.block, v.run)
		if err != nil {
			return err
		}
		if v.detail >= Full && v.residual(m) {
			branches := [2]f32.Matrix{}
			for i, part := range m {
				if branches[i], err = v.run(part); err != nil {
					return err
				}
			}
			t.Contribution = contribution(v.labels, branches[0], branches[1], v.e.classes)
		}
		logits = v.e.adjusted(logits)
		v.count(t.Personal, logits, t.Right.Personal)
		v.trust(t, "personal", logits)
		return nil
	})
}

// residual reports whether a model adds a branch of the client's own to the global model.
func (v *view) residual(m fed.Model) bool {
	g := v.scene.global
	return len(m) == 2 && len(g) == 1 && m[0].Identity() == g[0].Identity() && m[0].Weight == 1 && m[1].Weight == 1
}

// ask asks client k for its model, which is good until use returns.
func (v *view) ask(k int, use func(fed.Model) error) error {
	c := v.e.Home(k).Client(v.ctx, k)
	defer c.Release()
	m := v.e.Method.Personal(c, v.shared)
	if err := c.Err(); err != nil {
		return err
	}
	return use(m)
}

// count adds predictions to counts, if these are wanted, and, if there are rows, those that are right to these.
func (v *view) count(c metric.Counts, logits f32.Matrix, right metric.Rows) {
	for i, y := range v.labels {
		top := f32.Argmax(logits.Row(i))
		if c.Total != nil {
			c.Add(y, top)
		}
		if top == y && right != nil {
			right.Add(i)
		}
	}
}

func (v *view) trust(t *Tally, model string, logits f32.Matrix) {
	if t.Reliability != nil {
		t.Reliability[model] = reliability(v.labels, logits, v.e.classes)
	}
	v.guess(t, model, logits)
}

// adjusted returns the logits less Subtract.
func (e *Evaluator) adjusted(logits f32.Matrix) f32.Matrix {
	if e.Subtract == nil {
		return logits
	}
	out := logits.Clone()
	for i := range out.Rows {
		f32.Axpy(-1, e.Subtract, out.Row(i))
	}
	return out
}
