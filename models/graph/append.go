package graph

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// oldestOpset is the oldest version of the operators that something can be appended to.
const oldestOpset = 11

// Base is a file to which a network is appended.
type Base struct {
	proto
	size    int64
	network field           // the GraphProto
	names   map[string]bool // of its inputs, weights and values
	opset   int             // the version of its operators
}

// Extend reads what must be known of a file before something is appended to it.
func Extend(r io.ReaderAt, size int64) (*Base, error) {
	b := &Base{proto: proto{r: r}, size: size, names: map[string]bool{}}
	err := b.each(0, size, func(f field) error {
		switch f.number {
		case 7:
			b.network = f
			return b.inside(f, b.name)
		case 8:
			return b.version(f)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !b.network.delimited:
		return nil, errors.New("it holds no graph")
	case b.opset < oldestOpset:
		return nil, fmt.Errorf("its operators are of version %d, and something can be appended from version %d on: "+
			"export it anew", b.opset, oldestOpset)
	}
	return b, nil
}

// version reads an OperatorSetIdProto.
func (b *Base) version(f field) error {
	domain, version := "", uint64(0)
	err := b.inside(f, func(f field) (err error) {
		switch f.number {
		case 1:
			domain, err = b.text(f)
		case 2:
			version = f.value
		}
		return err
	})
	if err == nil && (domain == "" || domain == "ai.onnx") && version <= math.MaxInt32 {
		b.opset = int(version)
	}
	return err
}

// name notes the names of a node's outputs, a weight or an input.
func (b *Base) name(f field) error {
	// The field of the name in NodeProto, TensorProto, ValueInfoProto.
	place := map[uint64]uint64{1: 2, 5: 8, 11: 1}[f.number]
	if place == 0 {
		return nil
	}
	return b.inside(f, func(f field) error {
		if f.number != place {
			return nil
		}
		name, err := b.text(f)
		b.names[name] = true
		return err
	})
}

// Builder makes the network that is appended. What it names begins with the prefix, or with that and more where the
// file has such names.
func (b *Base) Builder(prefix string) *Builder {
	for {
		taken := func(name string) bool { return strings.HasPrefix(name, prefix) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(b.names)), taken) {
			return &Builder{Prefix: prefix, Opset: b.opset}
		}
		prefix = "_" + prefix
	}
}

// Fits reports why a network cannot be appended.
func (b *Base) Fits(n *Builder) error {
	for _, v := range n.outputs {
		if b.names[v.Name] {
			return fmt.Errorf("it has a value %q of its own, as the appended network has", v.Name)
		}
	}
	if total := b.size + int64(len(n.fields)+len(n.declared())+len(n.notes)); total > maxFile {
		return fmt.Errorf("with what is appended it would have %d bytes, and an ONNX file can have %d", total, maxFile)
	}
	return nil
}

// maxFile bounds an ONNX file, as protocol buffers do.
const maxFile = math.MaxInt32

// Append writes the file with a network appended that fits. Its outputs take the place of the file's.
func (b *Base) Append(w io.Writer, n *Builder) error {
	if err := b.Fits(n); err != nil {
		return err
	}
	added := slices.Concat(n.fields, n.declared())
	var kept []field
	length := int64(len(added))
	err := b.inside(b.network, func(f field) error {
		if f.number != 12 { // GraphProto.output
			kept = append(kept, f)
			length += f.end() - f.start
		}
		return nil
	})
	if err != nil {
		return err
	}
	out := &splice{b: b, w: w}
	out.copy(0, b.network.start)
	out.write(message{}.head(7, length))
	for _, f := range kept {
		out.copy(f.start, f.end())
	}
	out.write(added)
	out.copy(b.network.end(), b.size)
	out.write(n.notes)
	return out.err
}

// splice writes stretches of a file and what comes between them, and remembers the first error.
type splice struct {
	b   *Base
	w   io.Writer
	err error
}

func (s *splice) copy(from, to int64) {
	if s.err == nil {
		_, s.err = io.Copy(s.w, io.NewSectionReader(s.b.r, from, to-from))
	}
}

func (s *splice) write(data []byte) {
	if s.err == nil {
		_, s.err = s.w.Write(data)
	}
}
