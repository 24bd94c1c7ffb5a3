package weights_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// inMemory is a form's folder in memory.
func inMemory(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := filepath.Join("testdata", name)
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path) // it is below
		files[filepath.ToSlash(name)] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// found reads both towers of a folder, and makes them.
func found(files fstest.MapFS) error {
	m, err := models.Open(models.Folder{FS: files, Name: "test"}, models.Options{})
	if err != nil {
		return err
	}
	text, err := weights.Text(m)
	if err != nil {
		return err
	}
	image, err := weights.Vision(m, 0)
	if err != nil {
		return err
	}
	encoder.NewText(text)
	encoder.NewVision(image.VisionWeights)
	return nil
}

// What cannot be trained inside is refused in a line, by its kind.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		form  string
		kind  fault.Kind
		say   string
		spoil func(files fstest.MapFS)
	}{
		"8 bits": {"opset11", fault.Usage, "8 bits or fewer", func(files fstest.MapFS) {
			f := files["onnx/text_model.onnx"]
			f.Data = bytes.ReplaceAll(f.Data, []byte("ReduceMean"), []byte("QAttention"))
		}},
		"no attention": {"eager", fault.Usage, "it has no attention", func(files fstest.MapFS) {
			f := files["onnx/text_model.onnx"]
			f.Data = bytes.ReplaceAll(f.Data, []byte("Softmax"), []byte("Softmin"))
		}},
		"another activation": {"eager", fault.Usage, "neither quick-GELU nor GELU", func(files fstest.MapFS) {
			f := files["onnx/text_model.onnx"]
			f.Data = bytes.ReplaceAll(f.Data, []byte("Sigmoid"), []byte("Hardish"))
		}},
		"NaN": {"eager", fault.Corrupt, "not finite", func(files fstest.MapFS) {
			f := files["onnx/text_model.onnx"]
			n, err := graph.ReadNetwork(bytes.NewReader(f.Data), int64(len(f.Data)))
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range n.Weights {
				raw, err := w.Bytes(bytes.NewReader(f.Data))
				if err != nil || len(w.Dims) != 2 || w.Type != graph.Float32 {
					continue
				}
				at := bytes.Index(f.Data, raw)
				binary.LittleEndian.PutUint32(f.Data[at:], math.Float32bits(float32(math.NaN())))
			}
		}},
	} {
		files := inMemory(t, c.form)
		if err := found(files); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.spoil(files)
		err := found(files)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	m, err := models.Open(models.OnDisk("testdata/eager"), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = weights.Vision(m, 3)
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "has 2 blocks") {
		t.Error(err)
	}
}

// runs makes towers of what a folder gives, if anything, and runs them.
func runs(files fstest.MapFS) {
	m, err := models.Open(models.Folder{FS: files, Name: "test"}, models.Options{})
	if err != nil {
		return
	}
	if text, err := weights.Text(m); err == nil {
		tower := encoder.NewText(text)
		if texts := [][]int{{1, 2}}; tower.Check(texts, 0) == nil {
			tower.Prompts(encoder.Work{}, texts, 0).Forward(encoder.Work{}, f32.New(0, tower.Width()))
		}
	}
	if image, err := weights.Vision(m, 0); err == nil {
		through(encoder.NewVision(image.VisionWeights), f32.New(2*image.Length, image.Width), image.Length)
	}
}

// A damaged file gives an error, or weights from which towers can be made and run.
func FuzzForms(f *testing.F) {
	files := inMemory(f, "eager")
	f.Add(uint32(100), byte(1), uint32(2000))
	f.Add(uint32(30000), byte(255), uint32(3))
	f.Fuzz(func(t *testing.T, at uint32, flip byte, cut uint32) {
		spoiled := fstest.MapFS{}
		for name, file := range files {
			spoiled[name] = file
		}
		for _, name := range []string{"onnx/text_model.onnx", "onnx/vision_model.onnx"} {
			data := bytes.Clone(files[name].Data)
			data[int(at)%len(data)] ^= flip
			if n := int(cut) % len(data); cut%7 == 0 {
				data = data[:n]
			}
			spoiled[name] = &fstest.MapFile{Data: data}
		}
		runs(spoiled)
	})
}
