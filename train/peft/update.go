package peft

// LowRanked is a module that may be low-rank updates of frozen maps, whose factors can then be treated each by itself.
type LowRanked interface {
	Module
	// Updates are its updates, in the order of the layout; none: the module is something else.
	Updates() []Update
}

// Residued is a module beside whose only update, if it has one, a dense residue can lie.
type Residued interface {
	LowRanked
	// WithResidue is the module with a dense residue R beside its update, which starts at zero and is left alone by
	// whatever trains the module. Of a module that is something else it panics.
	WithResidue() Module
}

// Update is the low-rank update γ B A of a frozen map, as tensors of a module's layout, or R + γ B A.
type Update struct {
	A, B  Tensor
	Gamma float32
	R     Tensor // no rows: there is none
}

// UpdatesOf are a module's low-rank updates; none if it is something else.
func UpdatesOf(m Module) []Update {
	if l, may := m.(LowRanked); may {
		return l.Updates()
	}
	return nil
}

// Trained is the part of a module's layout that training moves: all but a residue.
func Trained(m Module) Layout {
	l := m.Layout()
	for _, u := range UpdatesOf(m) {
		if u.R.Rows > 0 {
			l = l.Minus(Layout{u.R})
		}
	}
	return l
}

// updating is a part of a module that is a low-rank update.
type updating interface{ update() Update }

func (l *lowRank) update() Update     { return Update{A: l.a, B: l.b, Gamma: l.gamma} }
func (d *dense) update() Update       { return Update{A: d.a, B: d.b, Gamma: d.gamma, R: d.r} }
func (t *textLowRank) update() Update { return Update{A: t.a, B: t.b, Gamma: t.gamma} }
func (t *textDense) update() Update   { return Update{A: t.a, B: t.b, Gamma: t.gamma, R: t.r} }

// updated is the update of a part, if it is one.
func updated(part any) []Update {
	if l, updates := part.(updating); updates {
		return []Update{l.update()}
	}
	return nil
}

func (f *frozen) Updates() []Update { return updated(f.body) }
func (h *headed) Updates() []Update { return updated(h.body) }
func (t *text) Updates() []Update   { return updated(t.mover) }

// Updates are those of q, k and v of every block.
func (v *vision) Updates() (all []Update) {
	for i := 0; i < len(v.tensors); i += 2 {
		all = append(all, Update{A: v.tensors[i], B: v.tensors[i+1], Gamma: v.gamma})
	}
	return all
}

func (f *frozen) WithResidue() Module {
	return &frozen{newDense(f.body.(*lowRank)), f.dropout, f.head}
}

func (h *headed) WithResidue() Module {
	return newHeaded(newDense(h.body.(*lowRank)), h.dropout, h.head, h.prefix)
}

func (t *text) WithResidue() Module { return &text{newTextDense(t.mover.(*textLowRank)), t.head} }
