package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// file is one of a model's files, with random access.
type file struct {
	fs.File
	io.ReaderAt
	size int64
}

func openFile(folder models.Folder, name string) (*file, error) {
	if !fs.ValidPath(name) {
		return nil, fault.Corruptf("weights: %s of %s lies outside of the folder", name, folder)
	}
	f, err := folder.FS.Open(name)
	if err != nil {
		return nil, fault.Missingf("weights: open %s of %s: %w", name, folder, err)
	}
	info, err := f.Stat()
	at, ok := f.(io.ReaderAt)
	if err != nil || !ok {
		_ = f.Close() // read-only
		return nil, fault.Missingf("weights: open %s of %s: it has no random access", name, folder)
	}
	return &file{f, at, info.Size()}, nil
}

// reader reads arrays of a tower, and remembers the first thing that goes wrong.
type reader struct {
	folder models.Folder
	name   string           // of the ONNX file
	files  map[string]*file // that are open
	err    error
}

func (t *tower) reader() *reader {
	return &reader{folder: t.model.Folder, name: t.of.File, files: map[string]*file{}}
}

func (r *reader) close() {
	for _, f := range r.files {
		_ = f.File.Close() // read-only
	}
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fault.Corruptf("weights: %s of %s: %w", r.name, r.folder, fmt.Errorf(format, args...))
	}
}

// open opens a file once.
func (r *reader) open(name string) *file {
	f := r.files[name]
	if f == nil && r.err == nil {
		if f, r.err = openFile(r.folder, name); r.err == nil {
			r.files[name] = f
		}
	}
	return f
}

// sizes are the bytes of a value, by type.
var sizes = map[graph.Type]int64{graph.Float32: 4, graph.Float16: 2, bfloat16: 2}

const bfloat16 graph.Type = 16

// values reads an array as it lies in the file.
func (r *reader) values(a array) []float32 {
	each, size := sizes[a.Type], a.Size()
	if r.err != nil {
		return nil
	}
	if each == 0 || size < 0 {
		r.fail("an array of %v%v is no array of weights; float32 and float16 are read", a.Type, a.Dims)
		return nil
	}
	raw, err := r.raw(a, size*each)
	switch {
	case r.err != nil:
		return nil
	case err != nil || int64(len(raw)) != size*each:
		r.fail("an array of %v%v is cut short; fetch the model again", a.Type, a.Dims)
		return nil
	}
	out := make([]float32, size)
	for i := range out {
		switch a.Type {
		case graph.Float32:
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		case graph.Float16:
			out[i] = npy.F16ToF32(binary.LittleEndian.Uint16(raw[2*i:]))
		default:
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
	}
	if !f32.Finite(out) {
		r.fail("an array of %v%v has values that are not finite; fetch the model again", a.Type, a.Dims)
	}
	return out
}

// raw are an array's bytes, of which there should be so many.
func (r *reader) raw(a array, want int64) ([]byte, error) {
	if at := a.External; at != nil {
		f := r.open(path.Join(path.Dir(r.name), at.File))
		if r.err != nil {
			return nil, r.err
		}
		if at.Offset > f.size || want > f.size-at.Offset || (at.Length >= 0 && at.Length != want) {
			return nil, io.ErrUnexpectedEOF
		}
		raw := make([]byte, want)
		_, err := f.ReadAt(raw, at.Offset)
		return raw, err
	}
	f := r.open(r.name)
	if r.err != nil {
		return nil, r.err
	}
	if want > f.size {
		return nil, io.ErrUnexpectedEOF
	}
	if a.Raw() {
		return a.Bytes(f)
	}
	numbers, err := a.Numbers(f)
	var raw []byte
	for _, n := range numbers {
		if a.Type == graph.Float32 {
			raw = binary.LittleEndian.AppendUint32(raw, uint32(n))
		} else { // in int32_data
			raw = binary.LittleEndian.AppendUint16(raw, uint16(n))
		}
	}
	return raw, err
}

// matrix reads a matrix, turned as it is to be.
func (r *reader) matrix(a array) f32.Matrix {
	rows, cols := a.extents()
	values := r.values(a)
	if r.err != nil {
		return f32.Matrix{}
	}
	if !a.turned {
		return f32.Of(rows, cols, values)
	}
	return transposed(f32.Of(cols, rows, values)) // as they lie
}

func transposed(m f32.Matrix) f32.Matrix {
	out := f32.New(m.Cols, m.Rows)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			out.Data[j*m.Rows+i] = v
		}
	}
	return out
}

// vector reads a vector of a length.
func (r *reader) vector(a array, length int) []float32 {
	v := r.values(a)
	if r.err == nil && len(v) != length {
		r.fail("a vector has %d values, and stands where %d belong", len(v), length)
	}
	return v
}

// linear reads W and b.
func (r *reader) linear(l linear) (m encoder.Map) {
	m.W = r.matrix(l.w)
	if l.biased {
		m.B = r.vector(l.b, l.height())
	}
	return m
}

// norm reads γ, β and ε of a normalisation of so many columns.
func (r *reader) norm(n norm, width int) encoder.Norm {
	out := encoder.Norm{Gain: r.vector(n.gain, width), Shift: r.vector(n.shift, width), Eps: n.eps}
	if n.eps < 0 {
		if v := r.vector(n.epsAt, 1); r.err == nil {
			out.Eps = float64(v[0])
		}
	}
	if r.err == nil && !(out.Eps > 0 && out.Eps < 1) {
		r.fail("a layer normalisation has ε = %v", out.Eps)
	}
	return out
}

// small are the whole numbers of an array that lies in the file, at most a few; nil if it is none.
func (t *tower) small(a array) (all []int64) {
	if a.Type != graph.Int64 || a.External != nil || a.Size() < 0 || a.Size() > 16 {
		return nil
	}
	f, err := openFile(t.model.Folder, t.of.File)
	if err != nil {
		return nil
	}
	defer f.File.Close() // read-only
	if !a.Raw() {
		numbers, err := a.Numbers(f)
		if err != nil {
			return nil
		}
		for _, n := range numbers {
			all = append(all, int64(n))
		}
		return all
	}
	raw, err := a.Bytes(f)
	if err != nil {
		return nil
	}
	for ; len(raw) >= 8; raw = raw[8:] {
		all = append(all, int64(binary.LittleEndian.Uint64(raw)))
	}
	return all
}
