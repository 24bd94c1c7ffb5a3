package weights

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/models/graph"
)

// net is a network that can be walked both ways. Fused operators stand in it as their parts.
type net struct {
	*graph.Network
	nodes []*node
	from  map[string]*node   // that gives a value
	to    map[string][]*node // that take a value
}

// node is an operator with the values that matter.
type node struct {
	graph.Node
	at int // its place in the order
}

func newNet(n *graph.Network) *net {
	all := &net{n, nil, map[string]*node{}, map[string][]*node{}}
	for i, n := range n.Nodes {
		for _, part := range parts(i, n) {
			all.nodes = append(all.nodes, &node{part, len(all.nodes)})
		}
	}
	for _, n := range all.nodes {
		for _, out := range n.Outputs {
			if out != "" {
				all.from[out] = n
			}
		}
		for _, in := range n.Inputs {
			if in != "" {
				all.to[in] = append(all.to[in], n)
			}
		}
	}
	return all
}

// parts are the operators that a fused one stands for.
func parts(i int, n graph.Node) []graph.Node {
	in := func(k int) string {
		if k < len(n.Inputs) {
			return n.Inputs[k]
		}
		return ""
	}
	made := func(kind string) string { return fmt.Sprintf("\x00%s of %d", kind, i) } // no file has such a name
	op := func(operator string, inputs []string, output string) graph.Node {
		return graph.Node{Operator: operator, Inputs: inputs, Outputs: []string{output}, Attributes: n.Attributes}
	}
	switch n.Operator {
	case "SkipLayerNormalization": // input, skip, γ, β, bias → norm, …, …, sum
		var all []graph.Node
		x, sum := in(0), made("sum")
		if in(4) != "" {
			all = append(all, op("Add", []string{x, in(4)}, made("biased")))
			x = made("biased")
		}
		if len(n.Outputs) > 3 && n.Outputs[3] != "" {
			sum = n.Outputs[3]
		}
		return append(all, op("Add", []string{x, in(1)}, sum),
			op("LayerNormalization", []string{sum, in(2), in(3)}, n.Outputs[0]))
	case "BiasGelu":
		return []graph.Node{
			op("Add", []string{in(0), in(1)}, made("biased")), op("Gelu", []string{made("biased")}, n.Outputs[0]),
		}
	}
	return []graph.Node{n}
}

// sources are the values that an operator's outputs depend on.
func (n *node) sources() []string { return append(slices.Clone(n.Inputs), n.Captured...) }

// shaping operators change what a value looks like, and no number in it.
var shaping = []string{
	"Transpose", "Reshape", "Identity", "Cast", "Squeeze", "Unsqueeze", "Flatten", "Dropout",
}

// bare walks up from a value through operators that only shape it.
func (n *net) bare(v string) string {
	for range n.nodes {
		of := n.from[v]
		if of == nil || !slices.Contains(shaping, of.Operator) || len(of.Inputs) == 0 {
			break
		}
		v = of.Inputs[0]
	}
	return v
}

// up visits the operators above a value, nearest first, but those of shapes. found ends the walk.
func (n *net) up(v string, found func(*node) bool) *node {
	todo, seen := []string{v}, map[*node]bool{}
	for len(todo) > 0 {
		of := n.from[todo[0]]
		todo = todo[1:]
		if of == nil || seen[of] || of.Operator == "Shape" {
			continue
		}
		seen[of] = true
		if found(of) {
			return of
		}
		for _, in := range of.sources() {
			if _, fixed := n.fixed(in); !fixed {
				todo = append(todo, in)
			}
		}
	}
	return nil
}

// down visits the operators below a value, nearest first, but those of shapes.
func (n *net) down(v string, found func(*node) bool) *node {
	todo, seen := []string{v}, map[*node]bool{}
	for len(todo) > 0 {
		below := n.to[todo[0]]
		todo = todo[1:]
		for _, to := range below {
			if seen[to] || to.Operator == "Shape" {
				continue
			}
			seen[to] = true
			if found(to) {
				return to
			}
			todo = append(todo, to.Outputs...)
		}
	}
	return nil
}

// above are all operators that a value depends on.
func (n *net) above(v string) map[*node]bool {
	all := map[*node]bool{}
	for todo := []string{v}; len(todo) > 0; {
		of := n.from[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if of == nil || all[of] {
			continue
		}
		all[of] = true
		todo = append(todo, of.sources()...)
	}
	return all
}
