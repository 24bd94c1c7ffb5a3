package weights

import "slices"

// linear is a frozen linear map in the network: x ↦ W x + b.
type linear struct {
	in, out string
	w       array // (out,in)
	b       array // none: no kind
	biased  bool
}

// width and height are those of W.
func (l linear) width() int  { return l.w.cols() }
func (l linear) height() int { return l.w.rows() }

// product is the linear map that an operator is, without what is added to it afterwards.
func (n *net) product(of *node) (l linear, is bool) {
	if len(of.Inputs) < 2 || len(of.Outputs) == 0 {
		return l, false
	}
	w, fixed := n.fixed(of.Inputs[1])
	if !fixed || !w.matrix() {
		return l, false
	}
	if _, both := n.fixed(of.Inputs[0]); both {
		return l, false
	}
	turned := false // as it is, W is (in,out)
	switch of.Operator {
	case "MatMul":
	case "FusedMatMul":
		if turned = of.Int("transB", 0) == 1; of.Int("transA", 0) == 1 || of.Float("alpha", 1) != 1 {
			return l, false
		}
	case "Gemm":
		turned = of.Int("transB", 0) == 1
		if of.Int("transA", 0) == 1 || of.Float("alpha", 1) != 1 || of.Float("beta", 1) != 1 {
			return l, false
		}
		if len(of.Inputs) > 2 && of.Inputs[2] != "" {
			if l.b, l.biased = n.fixed(of.Inputs[2]); !l.biased {
				return l, false
			}
		}
	default:
		return l, false
	}
	if !turned {
		w.turned = !w.turned
	}
	l.in, l.out, l.w = of.Inputs[0], of.Outputs[0], w
	return l, true
}

// linear is the linear map that ends with an operator: a product, or the sum with its bias.
func (n *net) linear(of *node) (l linear, is bool) {
	if l, is = n.product(of); is || of.Operator != "Add" || len(of.Inputs) != 2 {
		return l, is
	}
	for i, in := range of.Inputs {
		b, fixed := n.fixed(in)
		if !fixed || !b.vector() {
			continue
		}
		from := n.from[n.bare(of.Inputs[1-i])]
		if from == nil {
			return l, false
		}
		if l, is = n.product(from); is && !l.biased && l.height() == b.cols() {
			l.b, l.biased, l.out = b, true, of.Outputs[0]
			return l, true
		}
	}
	return linear{}, false
}

// nearest is the one linear map from which a value comes, through operators that are none.
func (n *net) nearest(v string) (found linear, is bool) {
	all := map[string]linear{}
	todo, seen := []string{v}, map[*node]bool{}
	for len(todo) > 0 {
		of := n.from[todo[0]]
		todo = todo[1:]
		if of == nil || seen[of] || slices.Contains([]string{"Shape", "Softmax", "Range"}, of.Operator) {
			continue
		}
		seen[of] = true
		if l, is := n.linear(of); is {
			all[l.out], found = l, l
			continue
		}
		for _, in := range of.Inputs {
			if _, fixed := n.fixed(in); !fixed {
				todo = append(todo, in)
			}
		}
	}
	return found, len(all) == 1
}

// biased completes a product by the bias that is added below it.
func (n *net) biased(l linear) linear {
	for v := l.out; !l.biased; {
		var next *node
		for _, to := range n.to[v] {
			if to.Operator == "Add" || slices.Contains(shaping, to.Operator) {
				next = to
			}
		}
		switch {
		case next == nil:
			return l
		case next.Operator != "Add":
			v = next.Outputs[0]
		default:
			whole, is := n.linear(next)
			if !is || whole.in != l.in {
				return l
			}
			return whole
		}
	}
	return l
}
