package export

import (
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The names of what goes into an exported graph and comes out of it.
const (
	inputName     = "embeddings"
	logitsName    = "logits"
	probabilities = "probabilities"
)

// shortest is what rows are divided by that are shorter: a zero row stays zero. It is PyTorch's.
const shortest = 1e-12

// axesAsInput is the first version of operators in which reductions take their axes as an input.
const axesAsInput = 18

// operators are those that have no constants.
var operators = map[peft.Op]string{peft.Add: "Add", peft.Multiply: "Mul", peft.ReLU: "Relu", peft.Tanh: "Tanh"}

// add puts the network into a graph, on the value input, and declares its outputs: rows is their number, or −1 and
// called batch.
func (n *network) add(b *graph.Builder, input string, rows int64, batch string) {
	for _, c := range n.constants {
		dims := []int64{int64(c.Rows), int64(c.Cols)}
		b.Floats(c.name, c.Data, dims[2-len(c.shape()):]...)
	}
	values := []string{input}
	for _, s := range n.Steps {
		a, name := values[s.Of[0]], b.Prefix+s.Name
		var out string
		switch s.Op {
		case peft.Product:
			out = b.Node("Gemm", []string{a, name}, graph.Int("transB", 1))
		case peft.Weigh:
			out = b.Node("Mul", []string{a, name})
		case peft.Shift:
			out = b.Node("Add", []string{a, name})
		case peft.Scale:
			out = b.Node("Mul", []string{a, scalar(b, s.Factor)})
		case peft.Softmax:
			out = b.Node("Softmax", []string{a}, graph.Int("axis", 1))
		case peft.Normalise:
			out = normalise(b, a)
		default:
			in := []string{a}
			if len(s.Of) == 2 {
				in = append(in, values[s.Of[1]])
			}
			out = b.Node(operators[s.Op], in)
		}
		values = append(values, out)
	}
	logits := values[n.logits]
	classes := int64(n.classes)
	b.Output(logits, graph.Value{Name: logitsName, Type: graph.Float32, Dims: []int64{rows, classes}, Batch: batch})
	b.Output(b.Node("Softmax", []string{logits}, graph.Int("axis", 1)),
		graph.Value{Name: probabilities, Type: graph.Float32, Dims: []int64{rows, classes}, Batch: batch})
}

func scalar(b *graph.Builder, v float32) string { return b.Floats(b.Fresh("factor"), []float32{v}) }

// normalise is a/max(‖a‖, shortest), for every row.
func normalise(b *graph.Builder, a string) string {
	in, attributes := []string{a}, []graph.Attribute{graph.Int("keepdims", 1)}
	if b.Opset < axesAsInput {
		attributes = append(attributes, graph.Ints("axes", 1))
	} else {
		in = append(in, b.Int64s(b.Fresh("axes"), 1))
	}
	length := b.Node("ReduceL2", in, attributes...)
	length = b.Node("Max", []string{length, scalar(b, shortest)})
	return b.Node("Div", []string{a, length})
}
