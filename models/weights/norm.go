package weights

import "slices"

// norm is a layer normalisation in the network.
type norm struct {
	in, out     string
	gain, shift array
	eps         float64
	epsAt       array // where it is a weight
}

// norm is the layer normalisation that ends with an operator: one operator, or β + γ·(x − μ)/√(σ² + ε) spelled out.
func (n *net) norm(of *node) (x norm, is bool) {
	switch of.Operator {
	case "LayerNormalization":
		if len(of.Inputs) < 3 || len(of.Outputs) == 0 {
			return x, false
		}
		gain, one := n.fixed(of.Inputs[1])
		shift, two := n.fixed(of.Inputs[2])
		return norm{in: of.Inputs[0], out: of.Outputs[0], gain: gain, shift: shift,
			eps: float64(of.Float("epsilon", 1e-5))}, one && two
	case "Add":
		shift, times := n.with(of)
		if times == nil || times.Operator != "Mul" {
			return x, false
		}
		gain, ratio := n.with(times)
		if ratio == nil || ratio.Operator != "Div" || len(ratio.Inputs) != 2 {
			return x, false
		}
		above, below := n.giver(ratio.Inputs[0], "Sub"), n.giver(ratio.Inputs[1], "Sqrt")
		if above == nil || below == nil {
			return x, false
		}
		variance := n.giver(below.Inputs[0], "Add")
		if variance == nil {
			return x, false
		}
		for _, in := range variance.Inputs {
			if eps, fixed := n.fixed(in); fixed && eps.Size() == 1 {
				return norm{above.Inputs[0], of.Outputs[0], gain, shift, -1, eps}, true
			}
		}
	}
	return x, false
}

// with is the frozen vector that an operator of two works with, and what gives the other operand.
func (n *net) with(of *node) (a array, other *node) {
	for i, in := range of.Inputs {
		if v, fixed := n.fixed(in); fixed && v.vector() && len(of.Inputs) == 2 {
			return v, n.from[n.bareCast(of.Inputs[1-i])]
		}
	}
	return a, nil
}

// giver is the operator that gives a value, if it is of that kind.
func (n *net) giver(v, operator string) *node {
	if of := n.from[n.bareCast(v)]; of != nil && of.Operator == operator && len(of.Inputs) > 0 {
		return of
	}
	return nil
}

// bareCast walks up through conversions.
func (n *net) bareCast(v string) string {
	for range n.nodes {
		of := n.from[v]
		if of == nil || !slices.Contains([]string{"Cast", "Identity"}, of.Operator) || len(of.Inputs) == 0 {
			break
		}
		v = of.Inputs[0]
	}
	return v
}

// normOf is the layer normalisation that gives a value, through operators that only shape it.
func (n *net) normOf(v string) (x norm, is bool) {
	of := n.from[n.bare(v)]
	if of == nil {
		return x, false
	}
	return n.norm(of)
}
