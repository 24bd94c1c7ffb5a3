package weights

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/train/encoder"
)

// block is a transformer block in the network, whose residual stream goes in at one value and out at another.
type block struct {
	in, out           string
	norm1, norm2      norm
	query, key, value linear
	packed            bool // one map gives queries, keys and values, in this order
	over, up, down    linear
	heads             int // 0: the operators do not say
	activation        encoder.Activation
}

// attention is where tokens look at each other: from queries, keys and values to what comes of it.
type attention struct {
	query, key, value string
	out               string
	heads             int
	packed            *linear // of the fused operator
}

// attentions are those of the operators of which it is true that they count, in order.
func (n *net) attentions(counts map[*node]bool) (all []attention, err error) {
	for _, of := range n.nodes {
		if !counts[of] || len(of.Outputs) == 0 {
			continue
		}
		switch of.Operator {
		case "Softmax":
			a, err := n.spelledOut(of)
			if err != nil {
				return nil, err
			}
			all = append(all, a)
		case "Attention":
			if of.Domain != "com.microsoft" {
				if len(of.Inputs) < 3 {
					return nil, fmt.Errorf("an operator Attention has no keys and values")
				}
				all = append(all, attention{of.Inputs[0], of.Inputs[1], of.Inputs[2], of.Outputs[0],
					int(of.Int("q_num_heads", 0)), nil})
				continue
			}
			l, err := n.fused(of)
			if err != nil {
				return nil, err
			}
			all = append(all, attention{out: of.Outputs[0], heads: int(of.Int("num_heads", 0)), packed: &l})
		case "MultiHeadAttention":
			if len(of.Inputs) < 3 || (len(of.Inputs) > 3 && of.Inputs[3] != "") {
				return nil, fmt.Errorf("an operator MultiHeadAttention packs queries, keys and values, or has biases")
			}
			all = append(all, attention{of.Inputs[0], of.Inputs[1], of.Inputs[2], of.Outputs[0],
				int(of.Int("num_heads", 0)), nil})
		}
	}
	return all, nil
}

// fused is the map that a fused Attention begins with: input, weights (D,3D), bias.
func (n *net) fused(of *node) (l linear, err error) {
	if len(of.Inputs) < 3 {
		return l, fmt.Errorf("an operator Attention has no weights")
	}
	w, one := n.fixed(of.Inputs[1])
	b, two := n.fixed(of.Inputs[2])
	if !one || !two || !w.matrix() {
		return l, fmt.Errorf("an operator Attention has weights that are no frozen matrix")
	}
	w.turned = !w.turned
	return linear{in: of.Inputs[0], out: of.Outputs[0], w: w, b: b, biased: true}, nil
}

// spelledOut is the attention around a softmax: from it up to the product of queries and keys, past masks and scales,
// and down to that with the values.
func (n *net) spelledOut(softmax *node) (a attention, err error) {
	moving := func(of *node) bool { // a product of two values, none of them frozen
		if (of.Operator != "MatMul" && of.Operator != "FusedMatMul") || len(of.Inputs) < 2 {
			return false
		}
		_, one := n.fixed(of.Inputs[0])
		_, two := n.fixed(of.Inputs[1])
		return !one && !two
	}
	scores, mix := n.up(softmax.Inputs[0], moving), n.down(softmax.Outputs[0], moving)
	if scores == nil || mix == nil {
		return a, fmt.Errorf("a softmax (%s) has no product of queries and keys above, or none with values below",
			softmax.Outputs[0])
	}
	return attention{scores.Inputs[0], scores.Inputs[1], mix.Inputs[1], mix.Outputs[0], 0, nil}, nil
}

// block finds what lies around an attention.
func (n *net) block(a attention) (b block, err error) {
	b.heads = a.heads
	if b.packed = a.packed != nil; b.packed {
		b.query, b.key, b.value = *a.packed, *a.packed, *a.packed
	} else {
		values := []string{a.query, a.key, a.value}
		for i, to := range []*linear{&b.query, &b.key, &b.value} {
			l, one := n.nearest(values[i])
			if !one {
				return b, fmt.Errorf("the value %q does not come from one linear map with frozen weights", values[i])
			}
			*to = l
		}
		b.packed = b.query.out == b.key.out && b.key.out == b.value.out
	}
	if b.over, err = n.next(a.out, "that gathers the heads"); err != nil {
		return b, err
	}
	var between string
	if b.in, between, err = n.residual(&b.over); err != nil {
		return b, err
	}
	if b.up, err = n.next(between, "of the MLP"); err != nil {
		return b, err
	}
	b.up = n.biased(b.up)
	if b.down, err = n.next(b.up.out, "that ends the MLP"); err != nil {
		return b, err
	}
	var stream string
	if stream, b.out, err = n.residual(&b.down); err != nil {
		return b, err
	}
	if n.bare(stream) != n.bare(between) {
		return b, fmt.Errorf("the MLP's output is not added to what went into it")
	}
	one, is1 := n.normOf(b.query.in)
	two, is2 := n.normOf(b.up.in)
	switch {
	case !is1 || !is2:
		return b, fmt.Errorf("no layer normalisation stands before the queries, or none before the MLP")
	case n.bare(b.key.in) != n.bare(b.query.in) || n.bare(b.value.in) != n.bare(b.query.in):
		return b, fmt.Errorf("queries, keys and values come from different normalisations")
	case n.bare(one.in) != n.bare(b.in) || n.bare(two.in) != n.bare(between):
		return b, fmt.Errorf("a layer normalisation is not of the residual stream")
	}
	b.norm1, b.norm2 = one, two
	b.activation, err = n.activation(b.up.out, b.down.in)
	return b, err
}

// next is the nearest linear map below a value.
func (n *net) next(v, what string) (l linear, err error) {
	n.down(v, func(of *node) bool {
		found, is := n.product(of)
		if is {
			l = found
		}
		return is
	})
	if l.out == "" {
		return l, fmt.Errorf("no linear map %s follows %q", what, v)
	}
	return l, nil
}

// residual completes a linear map by its bias, and finds the sum with the residual stream that follows it: the stream
// before, and after.
func (n *net) residual(l *linear) (before, after string, err error) {
	*l = n.biased(*l)
	v := l.out
	for range n.nodes {
		var next *node
		for _, to := range n.to[v] {
			if (to.Operator == "Add" && len(to.Inputs) == 2) || slices.Contains(shaping, to.Operator) {
				next = to
			}
		}
		switch {
		case next == nil:
			return "", "", fmt.Errorf("what leaves the linear map %q is not added to a residual stream", l.out)
		case next.Operator != "Add":
			v = next.Outputs[0]
			continue
		case next.Inputs[0] == v:
			before = next.Inputs[1]
		default:
			before = next.Inputs[0]
		}
		return before, next.Outputs[0], nil
	}
	return "", "", fmt.Errorf("what leaves the linear map %q goes in a circle", l.out)
}

// activation is that between two values.
func (n *net) activation(from, to string) (encoder.Activation, error) {
	seen := map[string]bool{}
	for todo := []string{to}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		of := n.from[v]
		if v == from || of == nil || len(seen) > 64 {
			continue
		}
		seen[of.Operator] = true
		todo = append(todo, of.Inputs...)
	}
	switch {
	case seen["QuickGelu"] || seen["Sigmoid"]:
		return encoder.QuickGelu, nil
	case (seen["Gelu"] || seen["Erf"]) && !seen["Tanh"]:
		return encoder.Gelu, nil
	}
	return 0, fmt.Errorf("the MLP's activation is neither quick-GELU nor GELU")
}
