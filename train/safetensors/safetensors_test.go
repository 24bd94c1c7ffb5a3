package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

var sample = []safetensors.Tensor{
	{Name: "text", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
	{Name: "phi/B", Shape: []int{1, 2}, Data: []float32{-0.5, 7}},
	{Name: "phi/A", Shape: []int{2, 1}, Data: []float32{0.25, float32(math.SmallestNonzeroFloat32)}},
	{Name: "none", Shape: []int{0, 4}, Data: []float32{}},
	{Name: "one", Shape: []int{}, Data: []float32{9}},
}

var texts = map[string]string{"format": "np", "über": "a < b & \"c\""}

func written(t testing.TB, tensors []safetensors.Tensor, texts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, tensors, texts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	data := written(t, sample, texts)
	if n := binary.LittleEndian.Uint64(data); n%8 != 0 {
		t.Errorf("a header of %d bytes", n)
	}
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.Texts, texts) || len(f.Tensors) != len(sample) {
		t.Errorf("%v", f)
	}
	for _, want := range sample {
		if got, ok := f.Tensor(want.Name); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if _, ok := f.Tensor("phi"); ok {
		t.Error("a tensor that is not there")
	}
	empty := written(t, nil, nil)
	if f, err := safetensors.Read(bytes.NewReader(empty), int64(len(empty))); err != nil || len(f.Tensors) != 0 {
		t.Errorf("nothing: %v, %v", f, err)
	}
}

func TestRefusedToWrite(t *testing.T) {
	for name, tensors := range map[string][]safetensors.Tensor{
		"twice": {sample[0], sample[0]},
		"shape": {{Name: "x", Shape: []int{2}, Data: []float32{1}}},
		"about": {{Name: "__metadata__", Shape: []int{1}, Data: []float32{1}}},
	} {
		if err := safetensors.Write(new(bytes.Buffer), tensors, nil); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// of is a file with a header of one's own.
func of(header string, values ...float32) []byte {
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func TestDamage(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		data []byte
		say  string
	}{
		"empty":      {nil, "ends within the length"},
		"huge":       {[]byte("\xff\xff\xff\xff\xff\xff\xff\x7fxx"), "is impossible in a file of 10"},
		"no JSON":    {of("pickle"), "no JSON object"},
		"list":       {of("[]"), "no JSON object"},
		"half":       {of(`{"x":{"dtype":"F32"`), "its header"},
		"behind":     {of(`{}{}`), "does not end with"},
		"type":       {of(`{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,4]}}`, 1), "of type BF16"},
		"twice":      {of(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{}}`, 1), "there twice"},
		"negative":   {of(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 1), "impossible shape"},
		"overflow":   {of(`{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`), "impossible"},
		"other size": {of(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 1), "expected at [0 8]"},
		"gap":        {of(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 1, 2), "expected at [0 4]"},
		"not there":  {of(`{"x":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}`, 1), "cut off"},
		"more":       {of(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 1, 2), "added to"},
		"NaN":        {of(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, nan), "not finite"},
		"infinite":   {of(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, inf), "not finite"},
		"field":      {of(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":1}}`, 1), "unknown field"},
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := safetensors.ReadFile(path)
		if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), c.say) ||
			!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.say)
		}
	}
	if _, err := safetensors.ReadFile(filepath.Join(t.TempDir(), "none")); fault.KindOf(err) != fault.Missing {
		t.Errorf("no file: %v", err)
	}
	whole := written(t, sample, texts)
	for n := range whole {
		if _, err := safetensors.Read(bytes.NewReader(whole[:n]), int64(n)); err == nil {
			t.Errorf("a file cut off after %d of %d bytes is read", n, len(whole))
		}
	}
}

// Of a file with other types, an index reads those that are floating-point numbers of 32 and 16 bits.
func TestIndex(t *testing.T) {
	file := of(`{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"half":{"dtype":"F16","shape":[2],`+
		`"data_offsets":[8,12]},"brain":{"dtype":"BF16","shape":[2,1],"data_offsets":[12,16]},`+
		`"whole":{"dtype":"F32","shape":[],"data_offsets":[16,20]}}`, 0, 0, 0, 0, 1.5)
	copy(file[len(file)-12:], []byte{0x00, 0x3e, 0x00, 0xc0, 0xc0, 0x3f, 0x20, 0xc0}) // 1.5, −2; 1.5, −2.5
	index, err := safetensors.OpenIndex(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{"half": {1.5, -2}, "brain": {1.5, -2.5}, "whole": {1.5}} {
		if got, err := index.Floats(name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if shape, there := index.Shape("brain"); !there || !slices.Equal(shape, []int{2, 1}) {
		t.Error(shape, there)
	}
	for name, say := range map[string]string{"ids": "of type I64", "none": "no tensor"} {
		if _, err := index.Floats(name); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := range file {
		if _, err := safetensors.OpenIndex(bytes.NewReader(file[:n]), int64(n)); err == nil {
			t.Errorf("a file cut off after %d of %d bytes is read", n, len(file))
		}
	}
}

// Whatever is read is written again as something that reads the same.
func FuzzRead(f *testing.F) {
	f.Add(written(f, sample, texts))
	f.Add(of(`{"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  `, 1))
	f.Add(of(`{"__metadata__":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		one, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		again := written(t, one.Tensors, one.Texts)
		other, err := safetensors.Read(bytes.NewReader(again), int64(len(again)))
		if err != nil || len(one.Tensors) != len(other.Tensors) {
			t.Fatalf("%v: %v, was %v", err, other, one)
		}
		for _, x := range one.Tensors {
			if y, ok := other.Tensor(x.Name); !ok || !reflect.DeepEqual(x.Data, y.Data) {
				t.Errorf("%v, was %v", y, x)
			}
		}
	})
}

// The safetensors library of Python writes the same bytes, and reads ours.
func TestPython(t *testing.T) {
	python := os.Getenv("FEDPUREL_PYTHON")
	if python == "" {
		python = "python3"
	}
	if exec.Command(python, "-c", "import safetensors.numpy").Run() != nil {
		t.Skip("Python with safetensors and NumPy is not there; FEDPUREL_PYTHON may name one")
	}
	dir := t.TempDir()
	ours := written(t, sample, map[string]string{"format": "np"})
	if err := os.WriteFile(filepath.Join(dir, "ours"), ours, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", `
import sys
from safetensors.numpy import load_file, save_file
d = load_file(sys.argv[1] + "/ours")
assert d["text"].tolist() == [[1, 2, 3], [4, 5, 6]] and d["one"].shape == (), d
save_file(d, sys.argv[1] + "/theirs", {"format": "np"})
`, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if theirs, err := os.ReadFile(filepath.Join(dir, "theirs")); err != nil || !bytes.Equal(theirs, ours) {
		t.Errorf("%v\n%q\n%q", err, ours, theirs)
	}
}
