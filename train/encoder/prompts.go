package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Prompts are texts with a trainable context, of which all that does not depend on it is done.
//
// A text is cut at its end token, whose state becomes the text's feature: attention is causal, so nothing behind it
// matters. Texts lie in a tree, so that what they begin with in common, such as a context that all share, is computed
// once; what arrives there in a backward pass is summed. Equal texts end in the same node. In the first block, queries,
// keys and values of all tokens but the context are known; the last one computes them for all, but lets only end tokens
// ask and leave.
type Prompts struct {
	// Frugal passes keep what goes into each block alone, and compute the block again on the way back: the same bits
	// with a third of the memory, for up to a third of the time more.
	Frugal bool

	text    *Text
	context int // rows of the context
	tree    *Tree
	slots   []slot
	ends    []int      // the node at which text c ends
	x       f32.Matrix // the tokens; those of slots hold positions alone
	known   *known
}

// slot is a node whose token is a row of the context.
type slot struct{ node, row int }

// Prompts prepares texts: token ids up to the end token. The id −1−j stands for row j of a context of that many rows,
// which texts may share, or have for themselves. Texts that Check refuses panic.
func (t *Text) Prompts(w Work, texts [][]int, context int) *Prompts {
	if err := t.Check(texts, context); err != nil {
		panic(err.Error())
	}
	p := &Prompts{text: t, context: context}
	var ids, parents []int
	type step struct{ parent, id int }
	nodes := map[step]int{}
	for _, text := range texts {
		node := -1
		for _, id := range text {
			next, seen := nodes[step{node, id}]
			if !seen {
				next = len(ids)
				nodes[step{node, id}] = next
				ids, parents = append(ids, id), append(parents, node)
			}
			node = next
		}
		p.ends = append(p.ends, node)
	}
	p.tree = NewTree(parents)
	p.x = f32.New(len(ids), t.Width())
	for i, id := range ids {
		copy(p.x.Row(i), t.positions.Row(p.tree.Depth[i]))
		if id >= 0 {
			f32.Axpy(1, t.Token(id), p.x.Row(i))
		} else {
			p.slots = append(p.slots, slot{i, -1 - id})
		}
	}
	p.know(w)
	return p
}

// know computes what the first block asks of all tokens. Those of slots come anew in every pass.
func (p *Prompts) know(w Work) {
	first := p.text.blocks[0]
	w.Memory = nil // it stays
	unit := w.normalise(w.matrix(p.x.Rows, p.x.Cols), p.x, first.eps).unit
	p.known = &known{first.ask(w, [3]f32.Matrix{unit, unit, unit}), make([]int, len(p.slots))}
	for i, s := range p.slots {
		p.known.moved[i] = s.node
	}
}

// Nodes is the number of tokens that are computed.
func (p *Prompts) Nodes() int { return p.x.Rows }

// PromptsPass is one forward pass.
type PromptsPass struct {
	Features f32.Matrix // (C,E), not normalised

	prompts *Prompts
	inputs  []Input
	passes  []*Pass // nil if frugal
	final   normed
}

// Forward computes the texts' features with the context ctx (J,D). The pass lives in w's memory.
func (p *Prompts) Forward(w Work, ctx f32.Matrix) *PromptsPass {
	if ctx.Rows != p.context || ctx.Cols != p.x.Cols {
		panic("encoder: a context of another shape")
	}
	x := w.Memory.Clone(p.x)
	for _, s := range p.slots {
		f32.Axpy(1, ctx.Row(s.row), x.Row(s.node))
	}
	pass := &PromptsPass{prompts: p, inputs: make([]Input, len(p.text.blocks))}
	for i, b := range p.text.blocks {
		in := Input{X: x, Over: p.tree}
		if i == 0 {
			in.known = p.known
		}
		if i == len(p.text.blocks)-1 {
			in.Leave = p.ends
		}
		pass.inputs[i] = in
		if p.Frugal {
			x = w.matrix(leaving(in), x.Cols)
			mark := w.Memory.Mark()
			copy(x.Data, b.Forward(w, in).Out.Data)
			w.Memory.Release(mark)
			continue
		}
		pass.passes = append(pass.passes, b.Forward(w, in))
		x = pass.passes[i].Out
	}
	pass.final = w.normalise(w.matrix(x.Rows, x.Cols), x, p.text.head.eps)
	pass.Features = w.forward(p.text.head.projection, pass.final.unit)
	return pass
}

// leaving is how many tokens leave the block.
func leaving(in Input) int {
	if in.Leave == nil {
		return in.X.Rows
	}
	return len(in.Leave)
}

// block is the pass through block i.
func (p *PromptsPass) block(w Work, i int) *Pass {
	if p.passes == nil {
		return p.prompts.text.blocks[i].Forward(w, p.inputs[i])
	}
	return p.passes[i]
}

// Backward adds to each of dctx (J,D) the gradient with respect to the context, for its part of dfeatures = ∂L/∂f, the
// cotangents stacked (s·C,E). It may be called again.
func (p *PromptsPass) Backward(w Work, dctx []f32.Matrix, dfeatures f32.Matrix) {
	if len(dctx)*p.Features.Rows != dfeatures.Rows {
		panic("encoder: not a cotangent for every gradient")
	}
	defer w.Memory.Release(w.Memory.Mark())
	d := w.backward(p.prompts.text.head.projection, dfeatures)
	p.final.back(w, d)
	room := w.matrix(len(dctx)*p.prompts.Nodes(), d.Cols) // for what goes from block to block
	for i := len(p.inputs) - 1; i >= 0; i-- {
		mark := w.Memory.Mark()
		dx := p.block(w, i).Backward(w, d, nil)
		d = room.Top(dx.Rows)
		copy(d.Data, dx.Data)
		w.Memory.Release(mark)
	}
	slots := p.prompts.slots
	for i := range d.Rows {
		f32.Axpy(1, d.Row(i), dctx[i/len(slots)].Row(slots[i%len(slots)].row))
	}
}
