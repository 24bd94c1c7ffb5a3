package peft

// LowRanked is a module that may be a low-rank update of a frozen map, whose factors can then be treated each by
// itself.
type LowRanked interface {
	Module
	// Update is the update; false: the module is something else.
	Update() (u Update, is bool)
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

// UpdateOf is a module's low-rank update, if it is one.
func UpdateOf(m Module) (u Update, is bool) {
	if l, may := m.(LowRanked); may {
		return l.Update()
	}
	return u, false
}

// Updates are a module's low-rank updates: one, or those of several frozen maps, or none.
func Updates(m Module) []Update {
	if several, is := m.(interface{ updates() []Update }); is {
		return several.updates()
	}
	if u, is := UpdateOf(m); is {
		return []Update{u}
	}
	return nil
}

// Trained is the part of a module's layout that training moves: all but a residue.
func Trained(m Module) Layout {
	if u, is := UpdateOf(m); is && u.R.Rows > 0 {
		return m.Layout().Minus(Layout{u.R})
	}
	return m.Layout()
}

// updating is a part of a module that is a low-rank update.
type updating interface{ update() Update }

func (l *lowRank) update() Update     { return Update{A: l.a, B: l.b, Gamma: l.gamma} }
func (d *dense) update() Update       { return Update{A: d.a, B: d.b, Gamma: d.gamma, R: d.r} }
func (t *textLowRank) update() Update { return Update{A: t.a, B: t.b, Gamma: t.gamma} }
func (t *textDense) update() Update   { return Update{A: t.a, B: t.b, Gamma: t.gamma, R: t.r} }

// updated is the update of a part.
func updated(part any) (u Update, is bool) {
	if l, updates := part.(updating); updates {
		return l.update(), true
	}
	return u, false
}

func (f *frozen) Update() (u Update, is bool) { return updated(f.body) }
func (h *headed) Update() (u Update, is bool) { return updated(h.body) }
func (t *text) Update() (u Update, is bool)   { return updated(t.mover) }

func (f *frozen) WithResidue() Module {
	return &frozen{newDense(f.body.(*lowRank)), f.dropout, f.head}
}

func (h *headed) WithResidue() Module {
	return newHeaded(newDense(h.body.(*lowRank)), h.dropout, h.head, h.prefix)
}

func (t *text) WithResidue() Module { return &text{newTextDense(t.mover.(*textLowRank)), t.head} }
