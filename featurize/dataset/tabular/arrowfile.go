package tabular

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// arrowFile is a table in a stream.
type arrowFile struct {
	*arrowStream
	number  uint32
	batches int64 // where they begin
	fields  []arrowField
	named   int    // bytes of the fields' names, which a damaged schema may share
	about   string // Hugging Face's description
}

// arrowField is a column of the schema, or a part of one.
type arrowField struct {
	name         string
	kind         byte // Arrow's types
	bits         int  // of whole numbers
	signed       bool
	coded        bool // the values are numbers of a dictionary
	node, buffer int  // the number of its first buffer in a batch, and its own among the fields
	children     []arrowField
}

// Arrow's types, as far as they serve, or have no common number of buffers.
const (
	arrowNull, arrowInt, arrowBinary, arrowUtf8, arrowBool        = 1, 2, 4, 5, 6
	arrowList, arrowStruct, arrowUnion, arrowFixedList, arrowMap  = 12, 13, 14, 16, 17
	arrowLargeBinary, arrowLargeUtf8, arrowLargeList, arrowRunEnd = 19, 20, 21, 22
	arrowBinaryView, arrowUtf8View, arrowListView, arrowLastType  = 23, 24, 25, 26
)

func openArrowFile(path string) (_ *arrowFile, err error) {
	s, err := openArrowStream(path)
	if err != nil {
		return nil, err
	}
	a := &arrowFile{arrowStream: s}
	if err := a.schema(); err != nil {
		_ = s.file.Close() // it was only read
		return nil, err
	}
	return a, nil
}

func (a *arrowFile) schema() error {
	m, err := a.message(a.start())
	if err != nil {
		return err
	}
	if m == nil || m.kind != schemaMessage {
		return fault.Corruptf("dataset: %s is no Arrow stream: it does not begin with a schema", a.name)
	}
	a.batches = m.body + m.length
	if m.header.short(0) != 0 {
		return fault.Corruptf("dataset: %s holds big-endian numbers; save it anew on a common machine", a.name)
	}
	if a.fields, err = a.fieldsOf(m.header.tables(1), new(arrowField), 0); err != nil {
		return err
	}
	for _, pair := range m.header.tables(2) {
		if _, n := pair.vector(0, 1); n == len("huggingface") && pair.string(0) == "huggingface" {
			a.about = pair.string(1)
			break
		}
	}
	if m.header.bad {
		return fault.Corruptf("dataset: %s: the schema is damaged", a.name)
	}
	if a.about == "" { // the library also writes it beside the tables
		data, err := os.ReadFile(filepath.Join(filepath.Dir(a.name), "dataset_info.json"))
		if err == nil && json.Valid(data) {
			a.about = `{"info":` + string(data) + `}`
		}
	}
	return nil
}

// fieldsOf reads fields and numbers them and their buffers from next on.
func (a *arrowFile) fieldsOf(tables []flatTable, next *arrowField, depth int) ([]arrowField, error) {
	var fields []arrowField
	for _, t := range tables {
		f := arrowField{name: t.string(0), kind: t.byte(2), coded: t.field(4) > 0, node: next.node, buffer: next.buffer}
		of := t.table(3)
		if f.kind == arrowInt {
			f.bits, f.signed = of.int(0), of.byte(1) != 0
		}
		if a.named += len(f.name); a.named > len(t.data) {
			return nil, fault.Corruptf("dataset: %s: the names of the fields are longer than the schema that holds "+
				"them; fetch it again", a.name)
		}
		next.node++
		if next.node > 1<<16 || depth > 64 {
			return nil, fault.Corruptf("dataset: %s: the schema has more than %d fields", a.name, 1<<16)
		}
		buffers := 2
		switch f.kind {
		case arrowNull, arrowRunEnd:
			buffers = 0
		case arrowStruct, arrowFixedList:
			buffers = 1
		case arrowUnion:
			buffers = 1 + of.short(0)&1 // sparse ones have no offsets
		case arrowBinary, arrowUtf8, arrowLargeBinary, arrowLargeUtf8, arrowListView, arrowLastType:
			buffers = 3
		case arrowBinaryView, arrowUtf8View:
			return nil, fault.Corruptf("dataset: %s: column %s consists of views, which this program does not read; "+
				"cast it to binary or string", a.name, f.name)
		}
		if f.coded {
			buffers = 2
		}
		next.buffer += buffers
		if !f.coded {
			var err error
			if f.children, err = a.fieldsOf(t.tables(5), next, depth+1); err != nil {
				return nil, err
			}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func (a *arrowFile) close() error { return a.file.Close() }
func (a *arrowFile) meta() string { return a.about }

func (a *arrowFile) columns() []column {
	var all []column
	for _, f := range a.fields {
		c := column{f.name, otherColumn}
		if bytes, _ := f.image(); bytes != nil {
			c.kind = imageColumn
		} else if f.kind == arrowUtf8 || f.kind == arrowLargeUtf8 {
			c.kind = wordColumn
		} else if f.kind == arrowBool || f.kind == arrowInt && slices.Contains([]int{8, 16, 32, 64}, f.bits) {
			c.kind = numberColumn
		}
		if f.coded {
			c.kind = otherColumn
		}
		all = append(all, c)
	}
	return all
}

func (a *arrowFile) record(image column) bool {
	_, path := a.field(image.name).image()
	return path != nil
}

// image returns where a column has bytes and paths, if it is one of images.
func (f *arrowField) image() (bytes, path *arrowField) {
	if f.kind == arrowBinary || f.kind == arrowLargeBinary {
		return f, nil
	}
	if f.kind != arrowStruct {
		return nil, nil
	}
	for i := range f.children {
		c := &f.children[i]
		switch {
		case c.coded:
		case c.name == "bytes" && (c.kind == arrowBinary || c.kind == arrowLargeBinary):
			bytes = c
		case c.name == "path" && (c.kind == arrowUtf8 || c.kind == arrowLargeUtf8):
			path = c
		}
	}
	return bytes, path
}

// field finds a column.
func (a *arrowFile) field(name string) *arrowField {
	for i := range a.fields {
		if a.fields[i].name == name {
			return &a.fields[i]
		}
	}
	return nil
}
