package weights_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// unlike makes an open_clip network one that has no attention to be found.
func unlike(files fstest.MapFS) {
	for _, name := range []string{"text_encoder.onnx", "image_encoder.onnx"} {
		f := files[name]
		f.Data = bytes.ReplaceAll(f.Data, []byte("Softmax"), []byte("Softmin"))
	}
}

// A checkpoint says the same as the network: the same tap, and the same weights bit for bit.
func TestCheckpoint(t *testing.T) {
	files := inMemory(t, "open_clip")
	read := func() (*models.Model, []weights.Image, encoder.TextWeights) {
		m, err := models.Open(models.Folder{FS: files, Name: "test"}, models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := weights.Text(m)
		var images []weights.Image
		for blocks := 0; blocks <= 2 && err == nil; blocks++ {
			var w weights.Image
			w, err = weights.Vision(m, blocks)
			images = append(images, w)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m, images, text
	}
	_, images, text := read()
	unlike(files)
	_, stored, storedText := read()
	for i := range images {
		if a, b := fmt.Sprint(images[i]), fmt.Sprint(stored[i]); a != b {
			t.Errorf("image tower, %d blocks:\n%.300s\n%.300s", i, a, b)
		}
	}
	if a, b := fmt.Sprint(text), fmt.Sprint(storedText); a != b {
		t.Errorf("text tower:\n%.300s\n%.300s", a, b)
	}
}

// rewritten is a checkpoint with other tensors.
func rewritten(t testing.TB, data []byte, change func(all map[string]*safetensors.Tensor)) []byte {
	t.Helper()
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*safetensors.Tensor{}
	for i := range f.Tensors {
		all[f.Tensors[i].Name] = &f.Tensors[i]
	}
	change(all)
	var tensors []safetensors.Tensor
	for x := range maps.Values(all) {
		tensors = append(tensors, *x)
	}
	out := new(bytes.Buffer)
	if err := safetensors.Write(out, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is wrong with a checkpoint is said in a line.
func TestCheckpointRefused(t *testing.T) {
	const file = "open_clip_model.safetensors"
	for name, c := range map[string]struct {
		kind  fault.Kind
		say   string
		spoil func(files fstest.MapFS)
	}{
		"none": {fault.Usage, "model.safetensors of the same model beside it", func(files fstest.MapFS) {
			delete(files, file)
		}},
		"other names": {fault.Usage, "no such tower by the names", func(files fstest.MapFS) {
			files[file].Data = rewritten(t, files[file].Data, func(all map[string]*safetensors.Tensor) {
				all["transformer.resblocks.0.ln_1.weight"].Name = "encoder.0.norm"
			})
		}},
		"cut short": {fault.Corrupt, "cut off", func(files fstest.MapFS) {
			files[file].Data = files[file].Data[:50000]
		}},
		"another width": {fault.Corrupt, "belongs there", func(files fstest.MapFS) {
			files[file].Data = rewritten(t, files[file].Data, func(all map[string]*safetensors.Tensor) {
				x := all["transformer.resblocks.1.mlp.c_fc.weight"]
				x.Shape[0], x.Shape[1] = x.Shape[1], x.Shape[0]
			})
		}},
		"a tensor is missing": {fault.Corrupt, `no tensor "ln_final.bias"`, func(files fstest.MapFS) {
			files[file].Data = rewritten(t, files[file].Data, func(all map[string]*safetensors.Tensor) {
				delete(all, "ln_final.bias")
			})
		}},
		"NaN": {fault.Corrupt, "not finite", func(files fstest.MapFS) {
			b := files[file].Data
			for at := int(binary.LittleEndian.Uint64(b)) + 8; at < len(b); at += 4 {
				binary.LittleEndian.PutUint32(b[at:], 0x7fc00000)
			}
		}},
		"another model": {fault.Usage, "are they of one model?", func(files fstest.MapFS) {
			files[file].Data = rewritten(t, files[file].Data, func(all map[string]*safetensors.Tensor) {
				all["visual.transformer.resblocks.0.ln_1.weight"].Data[3] *= 2
			})
		}},
		"activation": {fault.Corrupt, `activation "relu"`, func(files fstest.MapFS) {
			files["config.json"] = &fstest.MapFile{Data: []byte(
				`{"model_type":"clip","projection_dim":20,` +
					`"vision_config":{"image_size":16,"hidden_act":"relu","num_attention_heads":2},` +
					`"text_config":{"max_position_embeddings":12,"hidden_act":"relu","num_attention_heads":2}}`)}
			delete(files, "open_clip_config.json")
		}},
	} {
		files := inMemory(t, "open_clip")
		unlike(files)
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
}

// A damaged checkpoint gives an error, or weights from which towers can be made and run.
func FuzzCheckpoint(f *testing.F) {
	files := inMemory(f, "open_clip")
	unlike(files)
	const file = "open_clip_model.safetensors"
	f.Add(uint32(100), byte(1), uint32(2001))
	f.Add(uint32(30), byte(3), uint32(7000))
	f.Fuzz(func(t *testing.T, at uint32, flip byte, cut uint32) {
		spoiled := maps.Clone(files)
		data := bytes.Clone(files[file].Data)
		data[int(at)%len(data)] ^= flip
		if n := int(cut) % len(data); cut%7 == 0 {
			data = data[:n]
		}
		spoiled[file] = &fstest.MapFile{Data: data}
		runs(spoiled)
	})
}

// What config.json leaves open, open_clip_config.json says: three heads of 8 columns, with GELU.
func TestConfigurationsComplete(t *testing.T) {
	files := inMemory(t, "open_clip")
	unlike(files)
	files["config.json"] = &fstest.MapFile{Data: []byte(`{"model_type":"clip","projection_dim":20,` +
		`"vision_config":{"image_size":16,"layer_norm_eps":1e-3},` +
		`"text_config":{"max_position_embeddings":12,"num_attention_heads":4}}`)}
	m, err := models.Open(models.Folder{FS: files, Name: "test"}, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, one := weights.Text(m)
	image, two := weights.Vision(m, 1)
	if one != nil || two != nil {
		t.Fatal(one, two)
	}
	if text.Heads != 4 || image.Heads != 3 || image.Activation != encoder.Gelu ||
		image.Final.Eps != float64(float32(1e-3)) || text.Final.Eps != float64(float32(1e-5)) {
		t.Errorf("%d and %d heads, activation %d, ε %v and %v",
			text.Heads, image.Heads, image.Activation, image.Final.Eps, text.Final.Eps)
	}
}
