package wire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/npy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden is a frame with a shared vector, whose bytes are fixed: sites and hubs of different versions must agree.
func golden(t testing.TB) []byte {
	t.Helper()
	phi := []float32{1, -2.5, 3e-30}
	var pack wire.Packer
	order := wire.Order{
		V: wire.Version, Op: wire.Work, Run: "5f0c", Client: 1, From: "000002-1",
		Plan: &wire.Plan{
			Settings: json.RawMessage(`{"lr":0.05,"method":"fedpurel"}`), Sites: []string{"north", "south"},
			Identity: "ab12",
		},
		Tasks: []wire.Task{
			{Stage: "residual", Round: 1, Rounds: 3, Ask: 1, Vectors: pack.Pack(fed.Message{"phi": phi})},
			{Evaluate: "full", Round: 2, Vectors: pack.Pack(fed.Message{"phi": phi, "c": {4}})},
		},
	}
	f, err := wire.New(order, pack.Arrays)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := wire.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The bytes of a frame are those of version 1, and are read as they were written.
func TestGolden(t *testing.T) {
	path, got := filepath.Join("testdata", "order.frame"), golden(t)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the frame is\n%q, want\n%q", got, want)
	}
	f, err := wire.Read(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := wire.Write(&again, f); err != nil || !bytes.Equal(again.Bytes(), want) {
		t.Errorf("what was read is written as %q, %v", again.Bytes(), err)
	}
}

// frame is a frame of raw bytes.
func frame(head string, arrays ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(head)))
	return append(append(b, head...), bytes.Join(arrays, nil)...)
}

// Frames that no program of ours sends are refused, each in one line that says what is wrong.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"an oversized head", []byte{1, 0, 0, 4}, "a head of 67108865 bytes, at most"},
		{"a head that is no JSON", frame("{"), "head: unexpected end"},
		{"a head that is a list", frame("[]"), "cannot unmarshal array"},
		{"null for a head", frame("null"), "the head is null"},
		{"an oversized array", frame(`{"blobs":[{"name":"x","bytes":1073741825}]}`), `"x" of 1073741825 bytes`},
		{"a negative array", frame(`{"blobs":[{"name":"x","bytes":-1}]}`), `"x" of -1 bytes`},
		{"a length beyond integers", frame(`{"blobs":[{"name":"x","bytes":1e30}]}`), "blobs: "},
		{"a length that is text", frame(`{"blobs":[{"name":"x","bytes":"5"}]}`), "blobs: "},
		{"a name that is a number", frame(`{"blobs":[{"name":5,"bytes":1}]}`), "blobs: "},
		{"blobs that are an object", frame(`{"blobs":{"x":3}}`), "blobs: "},
		{"two arrays of one name", frame(`{"blobs":[{"name":"x","bytes":1},{"name":"x","bytes":1}]}`, []byte("ab")),
			`two arrays are called "x"`},
		{"two empty arrays of one name", frame(`{"blobs":[{"name":"x","bytes":0},{"name":"x","bytes":0}]}`),
			`two arrays are called "x"`},
		{"too many arrays", frame(`{"blobs":[{}` + strings.Repeat(",{}", 4096) + `]}`), "4097 arrays, at most 4096"},
		{"an array cut off", frame(`{"blobs":[{"name":"x","bytes":9}]}`, []byte("abc")), "3 of 9 bytes"},
	} {
		_, err := wire.Read(bytes.NewReader(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%s: %v, want a line with %q", c.name, err, c.want)
		}
	}
	whole := golden(t)
	for n := 1; n < len(whole); n++ {
		_, err := wire.Read(bytes.NewReader(whole[:n]))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("a frame cut after %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// Arrays that are no vectors of finite float32 are refused, each in one line that names the vector.
func TestHostileVectors(t *testing.T) {
	array := func(dt npy.DType, v []float32, shape ...int) []byte {
		return npy.AppendFloats(npy.AppendHeader(nil, dt, shape...), dt, v)
	}
	for _, c := range []struct {
		name  string
		array []byte
		want  string
	}{
		{"no array", []byte("PK\x03\x04 a zip file"), "not a NumPy .npy file"},
		{"an empty array", nil, "not a NumPy .npy file"},
		{"float16", array("<f2", []float32{1, 2}, 2), "type <f2 and shape [2]"},
		{"integers", append(npy.AppendHeader(nil, "<i4", 1), 1, 2, 3, 4), "type <i4"},
		{"two axes", array("<f4", []float32{1, 2}, 1, 2), "shape [1 2]"},
		{"no axis", array("<f4", []float32{1}), "shape []"},
		{"too short", array("<f4", []float32{1, 2}, 3), "shape [3] in 136 bytes"},
		{"too long", array("<f4", []float32{1, 2}, 1), "shape [1] in 136 bytes"},
		{"more than is taken", array("<f4", make([]float32, 9), 9), "9 values, at most 8"},
		{"NaN", array("<f4", []float32{1, float32(math.NaN())}, 2), "not finite"},
		{"infinity", array("<f4", []float32{float32(math.Inf(-1))}, 1), "not finite"},
	} {
		_, err := wire.Frame{Arrays: map[string][]byte{"x": c.array}}.Unpack(map[string]string{"phi": "x"}, 8)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"phi"`) ||
			strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%s: %v, want a line with %q", c.name, err, c.want)
		}
	}
	if _, err := (wire.Frame{}).Unpack(map[string]string{"phi": "x"}, 8); err == nil ||
		!strings.Contains(err.Error(), `"phi" is not there`) {
		t.Errorf("an array that is not there: %v", err)
	}
}

// Whatever comes, reading takes memory in proportion to the bytes that came, and what was read can be written.
func FuzzRead(f *testing.F) {
	f.Add(golden(f))
	f.Add(frame(`{"blobs":[{"name":"x","bytes":1073741824}]}`, []byte("abc")))
	f.Add(frame(`{"op":"work","tasks":[{"vectors":{"phi":"x"}}],"blobs":[{"name":"x","bytes":0}]}`))
	f.Add([]byte{0xff, 0xff, 0xff, 0x03, '{'})
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := wire.Read(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20+100*uint64(len(data)) {
			t.Fatalf("%d bytes are read in %d bytes of memory", len(data), took)
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		var order wire.Order
		if got.Of(&order) == nil {
			for _, task := range order.Tasks {
				_, _ = got.Unpack(task.Vectors, 1<<20) // that it ends, and takes no more, is all
			}
		}
		var b bytes.Buffer
		if err := wire.Write(&b, got); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := wire.Read(&b)
		if err != nil || len(again.Arrays) != len(got.Arrays) {
			t.Fatalf("it comes back as %d arrays of %d, %v", len(again.Arrays), len(got.Arrays), err)
		}
	})
}
