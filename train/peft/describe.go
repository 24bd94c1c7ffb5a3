package peft

// Describe is the formula of a frozen head on embeddings as they are, or on features before the projection.
func (h Head) Describe(f *Formula, x Value) Value {
	return h.describe(f, f.Apply(Normalise, h.embedding(f, x)))
}

// embedding is x, or x Pᵀ before the projection.
func (h Head) embedding(f *Formula, x Value) Value {
	if h.Projection.Rows == 0 {
		return x
	}
	return f.Product(x, "projection", h.Projection)
}

// describe is ℓ = s ẑ Tᵀ.
func (h Head) describe(f *Formula, unit Value) Value {
	return f.Scale(h.Scale, f.Product(unit, "text", h.Text))
}

func (f *frozenAt) Describe(to *Formula, x Value) Value {
	return f.head.describe(to, f.body.describe(to, f.p, x))
}

func (h *headedAt) Describe(f *Formula, x Value) Value {
	logits := f.Scale(h.head.Scale, f.Product(h.body.describe(f, h.ofBody(h.p), x), h.w.Name, h.w.Of(h.p)))
	return f.Shift(logits, h.b.Name, h.b.Slice(h.p))
}

// Describe has the moved embeddings T' for a constant.
func (t *textAt) Describe(f *Formula, x Value) Value { return t.moved.Describe(f, x) }

func (none) describe(f *Formula, _ []float32, x Value) Value { return f.Apply(Normalise, x) }

func (g *gate) describe(f *Formula, p []float32, x Value) Value {
	linear := func(a Value, w, b Tensor) Value { return f.Shift(f.Product(a, w.Name, w.Of(p)), b.Name, b.Slice(p)) }
	h := f.Apply(Tanh, linear(x, g.w1, g.b1))
	u := f.Apply(Softmax, linear(h, g.w2, g.b2))
	return f.Apply(Normalise, f.Apply(Multiply, x, u))
}

func (r *residual) describe(f *Formula, p []float32, x Value) Value {
	h := f.Apply(ReLU, f.Product(x, r.down.Name, r.down.Of(p)))
	shift := f.Scale(r.rho, f.Product(h, r.up.Name, r.up.Of(p)))
	return f.Apply(Normalise, f.Apply(Add, f.Scale(1-r.rho, x), shift))
}

func (l *lowRank) describe(f *Formula, p []float32, x Value) Value {
	return l.describeOnto(f, p, l.head.embedding(f, x), x)
}

func (l *lowRank) describeOnto(f *Formula, p []float32, base, x Value) Value {
	shift := f.Scale(l.gamma, f.Product(f.Product(x, l.a.Name, l.a.Of(p)), l.b.Name, l.b.Of(p)))
	return f.Apply(Normalise, f.Apply(Add, base, shift))
}

func (d *dense) describe(f *Formula, p []float32, x Value) Value {
	base := f.Apply(Add, d.head.embedding(f, x), f.Product(x, d.r.Name, d.r.Of(p)))
	return d.describeOnto(f, p, base, x)
}
