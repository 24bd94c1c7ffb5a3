package models

import (
	"context"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	configText = `{"model_type":"clip","projection_dim":512,"vision_config":{"image_size":224},"text_config":{"max_position_embeddings":77}}`
	newStyle   = `{"do_resize":true,"size":{"shortest_edge":224},"resample":3,"do_center_crop":true,"crop_size":{"height":224,"width":224},
		"do_rescale":true,"rescale_factor":0.00392156862745098,"do_normalize":true,"image_mean":[0.48,0.45,0.40],"image_std":[0.26,0.26,0.27]}`
	oldStyle = `{"size":224,"crop_size":224,"resample":3,"image_mean":[0.48,0.45,0.40],"image_std":[0.26,0.26,0.27]}`
)

// model is a folder in the layout, its towers empty protocol buffers.
func model(files map[string]string) fstest.MapFS {
	all := map[string]string{
		"onnx/vision_model.onnx": "\x08\x08", "onnx/text_model.onnx": "\x08\x08", "config.json": configText, "preprocessor_config.json": newStyle, "vocab.json": "{}",
	}
	maps.Copy(all, files)
	m := fstest.MapFS{}
	for name, text := range all {
		if text != "absent" {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return m
}

func openFS(fsys fs.FS, o Options) (*Model, error) { return Open(Folder{FS: fsys, Name: "test"}, o) }

func TestOpen(t *testing.T) {
	for _, spelling := range []string{newStyle, oldStyle} {
		m, err := openFS(model(map[string]string{"preprocessor_config.json": spelling}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		p := m.Preprocess
		if m.Dim != 512 || m.Context != 77 || p.Size != 224 || p.ResizeTo != 224 || p.Resize != "shortest" || p.Interpolation != "bicubic" || p.Mean[1] != 0.45 {
			t.Errorf("%+v", m)
		}
		if m.LogitScale != 100 || m.LogitScaleSource != "default" || m.Name != "test" {
			t.Errorf("scale %v from %s, name %s", m.LogitScale, m.LogitScaleSource, m.Name)
		}
	}
	flat := model(map[string]string{"onnx/vision_model.onnx": "absent", "onnx/text_model.onnx": "absent", "vision_model.onnx": "", "text_model.onnx": ""})
	if m, err := openFS(flat, Options{}); err != nil || m.Layout != "hf-split-flat" {
		t.Errorf("flat folder: %+v, %v", m, err)
	}
	own := model(map[string]string{"fedpurel.json": `{"name":"mine","logit_scale":31.5}`})
	if m, err := openFS(own, Options{}); err != nil || m.LogitScale != 31.5 || m.Name != "mine" {
		t.Errorf("own scale: %+v, %v", m, err)
	}
	if m, err := openFS(own, Options{LogitScale: 7}); err != nil || m.LogitScale != 7 || m.LogitScaleSource != "option" {
		t.Errorf("option: %+v, %v", m, err)
	}
	squash := model(map[string]string{"preprocessor_config.json": `{"size":{"height":224,"width":224},"do_center_crop":false,"resample":2,"do_normalize":false}`})
	if m, err := openFS(squash, Options{}); err != nil || m.Preprocess.Resize != "squash" || m.Preprocess.Std[0] != 1 || m.Preprocess.Interpolation != "bilinear" {
		t.Errorf("squash: %+v, %v", m, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		kind  fault.Kind
		say   string
	}{
		"no tower":      {map[string]string{"onnx/text_model.onnx": "absent"}, fault.Missing, "onnx/text_model.onnx"},
		"no config":     {map[string]string{"config.json": "absent"}, fault.Missing, "config.json"},
		"no preprocess": {map[string]string{"preprocessor_config.json": "absent"}, fault.Missing, "preprocessor_config.json"},
		"no JSON":       {map[string]string{"config.json": "<html>"}, fault.Corrupt, "config.json"},
		"siglip":        {map[string]string{"config.json": strings.Replace(configText, "clip", "siglip", 1)}, fault.Corrupt, "siglip"},
		"no dimension":  {map[string]string{"config.json": strings.Replace(configText, "512", "0", 1)}, fault.Corrupt, "projection_dim"},
		"other size":    {map[string]string{"config.json": strings.Replace(configText, "224", "336", 1)}, fault.Corrupt, "336"},
		"lanczos":       {map[string]string{"preprocessor_config.json": strings.Replace(newStyle, `"resample":3`, `"resample":1`, 1)}, fault.Corrupt, "resample"},
		"no mean":       {map[string]string{"preprocessor_config.json": strings.Replace(newStyle, `0.48,`, ``, 1)}, fault.Corrupt, "image_mean"},
		"scale 0":       {map[string]string{"fedpurel.json": `{"logit_scale":0}`}, fault.Corrupt, "logit_scale"},
	} {
		if _, err := openFS(model(c.files), Options{}); fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(OnDisk("/nowhere/at/all"), Options{}); fault.KindOf(err) != fault.Missing {
		t.Errorf("no folder: %v", err)
	}
	if _, err := openFS(model(nil), Options{LogitScale: -1}); fault.KindOf(err) != fault.Usage {
		t.Errorf("negative scale: %v", err)
	}
}

// field is a length-delimited protocol buffer field.
func field(number int, content string) string {
	return string([]byte{byte(number<<3 | 2), byte(len(content))}) + content
}

func TestExternalWeights(t *testing.T) {
	tensor := field(13, field(1, "location")+field(2, "vision.data"))
	tower := field(7, field(5, tensor))
	with := func(t *testing.T, files map[string]string) *Model {
		m, err := openFS(model(files), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := with(t, map[string]string{"onnx/vision_model.onnx": tower, "onnx/vision.data": "weights"})
	sums, err := m.Hash(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"onnx/vision.data", "onnx/vision_model.onnx", "config.json", "vocab.json"} {
		if len(sums[name]) != 64 {
			t.Errorf("no hash of %s in %v", name, sums)
		}
	}
	m = with(t, map[string]string{"onnx/vision_model.onnx": tower})
	if _, err := m.External(m.Vision); fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "vision.data") {
		t.Errorf("missing weights: %v", err)
	}
	escape := field(7, field(5, field(13, field(1, "location")+field(2, "../../etc/passwd"))))
	m = with(t, map[string]string{"onnx/vision_model.onnx": escape})
	if _, err := m.External(m.Vision); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "outside") {
		t.Errorf("weights elsewhere: %v", err)
	}
	for n := 1; n < len(tower); n++ {
		m = with(t, map[string]string{"onnx/vision_model.onnx": tower[:n]})
		if _, err := m.External(m.Vision); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestFillTemplate(t *testing.T) {
	if got, err := FillTemplate(DefaultTemplate, "señor"); err != nil || got != "a photo of a señor." {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range [][2]string{{"no place", "a"}, {"{} {}", "a"}, {"a {}", " "}} {
		if _, err := FillTemplate(bad[0], bad[1]); fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzExternalData(f *testing.F) {
	f.Add([]byte(field(7, field(5, field(13, field(1, "location")+field(2, "x"))))))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = externalData(strings.NewReader(string(data)), int64(len(data)))
	})
}
