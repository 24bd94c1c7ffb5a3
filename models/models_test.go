package models_test

import (
	"context"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	. "github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/modelstest"
	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	vision, text = "onnx/vision_model.onnx", "onnx/text_model.onnx"
	configText   = `{"model_type":"clip","projection_dim":6,
		"vision_config":{"image_size":8},"text_config":{"max_position_embeddings":12}}`
	newStyle = `{"do_resize":true,"size":{"shortest_edge":8},"resample":3,
		"do_center_crop":true,"crop_size":{"height":8,"width":8},
		"do_rescale":true,"rescale_factor":0.00392156862745098,
		"do_normalize":true,"image_mean":[0.48,0.45,0.40],"image_std":[0.26,0.26,0.27]}`
	oldStyle = `{"size":8,"crop_size":8,"resample":3,"image_mean":[0.48,0.45,0.40],"image_std":[0.26,0.26,0.27]}`
)

// model is a miniature in Hugging Face's split layout with some files replaced.
func model(files map[string]string) fstest.MapFS {
	m := modelstest.Default().Split(vision, text)
	all := map[string]string{"config.json": configText, "preprocessor_config.json": newStyle, "vocab.json": "{}"}
	maps.Copy(all, files)
	for name, content := range all {
		if content == "absent" {
			delete(m, name)
		} else {
			m[name] = &fstest.MapFile{Data: []byte(content)}
		}
	}
	return m
}

func openFS(fsys fs.FS, o Options) (*Model, error) { return Open(Folder{FS: fsys, Name: "test"}, o) }

// Every published layout is found, with the right towers, sizes, preprocessing and scale.
func TestLayouts(t *testing.T) {
	for _, c := range modelstest.Cases() {
		if c.Preset != "" {
			if _, err := openFS(c.FS, Options{}); fault.KindOf(err) != fault.Missing ||
				!strings.Contains(err.Error(), "--preprocess") {
				t.Errorf("%s without a preset: %v", c.Name, err)
			}
		}
		m, err := openFS(c.FS, Options{Preprocess: c.Preset, Variant: c.Variant})
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if m.Layout != c.Layout || string(m.Family) != c.Family || m.Context != 12 || m.Preprocess.Size != 8 {
			t.Errorf("%s: layout %s, family %s, context %d, size %d",
				c.Name, m.Layout, m.Family, m.Context, m.Preprocess.Size)
		}
		if want := 6; m.Dim != want && !c.Spec.Unshaped {
			t.Errorf("%s: dimension %d", c.Name, m.Dim)
		}
		if m.Vision.Input.Name != c.Spec.ImageIn || m.Vision.Output.Name != c.Spec.ImageOut ||
			m.Text.Input.Name != c.Spec.TextIn || m.Text.Output.Name != c.Spec.TextOut {
			t.Errorf("%s: vision %s → %s, text %s → %s",
				c.Name, m.Vision.Input, m.Vision.Output, m.Text.Input, m.Text.Output)
		}
		if c.Spec.Scale == 0 && m.LogitScale != c.Scale {
			t.Errorf("%s: scale %v from %s, want %v", c.Name, m.LogitScale, m.LogitScaleSource, c.Scale)
		}
		if m.Vision.Batch() != int(c.Spec.Batch) || (len(m.Warnings()) > 0) != c.Single {
			t.Errorf("%s: batch %d, warnings %q", c.Name, m.Vision.Batch(), m.Warnings())
		}
		p := m.Preprocess
		switch c.Name {
		case "SigLIP":
			if p.Resize != "squash" || p.Mean[0] != 0.5 {
				t.Errorf("%s: %+v", c.Name, p)
			}
		case "MobileCLIP":
			if p.Interpolation != "bilinear" || p.Std != [3]float32{1, 1, 1} {
				t.Errorf("%s: %+v", c.Name, p)
			}
		case "immich", "transformers.js split":
			if p.CropRule != "hf" || p.Mean[0] != 0.48145466 {
				t.Errorf("%s: %+v", c.Name, p)
			}
		case "open_clip", "CLIP-ONNX":
			if p.CropRule != "torchvision" || p.Interpolation != "bicubic" {
				t.Errorf("%s: %+v", c.Name, p)
			}
		}
		if sums, err := m.Hash(context.Background()); err != nil || sums[m.Vision.File] == "" ||
			sums[m.Text.File] == "" {
			t.Errorf("%s: hashes %v, %v", c.Name, sums, err)
		}
	}
}

func TestOpen(t *testing.T) {
	for _, spelling := range []string{newStyle, oldStyle} {
		fsys := model(map[string]string{"preprocessor_config.json": spelling})
		m, err := openFS(fsys, Options{Orient: true, CropRule: "torchvision"})
		if err != nil {
			t.Fatal(err)
		}
		if p := m.Preprocess; p.Size != 8 || p.ResizeTo != 8 || p.Resize != "shortest" ||
			p.Interpolation != "bicubic" || p.Mean[1] != 0.45 || !p.Orient || p.CropRule != "torchvision" {
			t.Errorf("%+v", m)
		}
		if m.LogitScale != 100 || m.LogitScaleSource != "default" || m.Name != "test" {
			t.Errorf("scale %v from %s, name %s", m.LogitScale, m.LogitScaleSource, m.Name)
		}
	}
	own := model(map[string]string{"fedpurel.json": `{"name":"mine","logit_scale":31.5}`})
	if m, err := openFS(own, Options{}); err != nil || m.LogitScale != 31.5 || m.Name != "mine" {
		t.Errorf("own scale: %+v, %v", m, err)
	}
	if m, err := openFS(own, Options{LogitScale: 7}); err != nil || m.LogitScale != 7 ||
		m.LogitScaleSource != "option" {
		t.Errorf("option: %+v, %v", m, err)
	}
	squash := model(map[string]string{"preprocessor_config.json": `{"size":{"height":8,"width":8},
		"do_center_crop":false,"resample":2,"do_normalize":false}`})
	if m, err := openFS(squash, Options{}); err != nil || m.Preprocess.Resize != "squash" ||
		m.Preprocess.Std[0] != 1 || m.Preprocess.Interpolation != "bilinear" {
		t.Errorf("squash: %+v, %v", m, err)
	}
	if m, err := openFS(model(nil), Options{Preprocess: "cifar-released"}); err != nil ||
		m.Preprocess.Interpolation != "tensor-bilinear" || m.Preprocess.Mean[0] != 0.5071 {
		t.Errorf("preset: %+v, %v", m, err)
	}
	if m, err := openFS(model(map[string]string{
		text:          "absent",
		"config.json": `{"model_type":"jina_clip"}`,
	}), Options{NoText: true}); err != nil || m.Text != nil || m.Dim != 6 {
		t.Errorf("without text: %+v, %v", m, err)
	}
	pooled := modelstest.Default()
	pooled.Pooled = true
	file, _ := pooled.Vision()
	before := map[string]string{vision: string(file), "visual_projection.npy": "…"}
	if m, err := openFS(model(before), Options{PreProjection: true}); err != nil ||
		m.Vision.Output.Name != "pooler_output" || m.Projection == "" || m.Dim != 6 {
		t.Errorf("before the projection: %+v, %v", m, err)
	}
	several := model(map[string]string{
		"onnx/vision_model_fp16.onnx":      string(file),
		"onnx/vision_model_quantized.onnx": string(file),
		"onnx/text_model_fp16.onnx":        string(modelstest.Default().Text()),
	})
	if m, err := openFS(several, Options{}); err != nil || m.Vision.File != vision {
		t.Errorf("plain among several: %v", err)
	}
	if m, err := openFS(several, Options{Variant: "fp16"}); err != nil ||
		m.Vision.File != "onnx/vision_model_fp16.onnx" || m.Text.File != "onnx/text_model_fp16.onnx" {
		t.Errorf("variant: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	wide := modelstest.Default()
	wide.Dim = 7
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
	// One file is another, or has other words.
	file := func(name, content string) map[string]string { return map[string]string{name: content} }
	config := func(old, new string) map[string]string {
		return file("config.json", strings.Replace(configText, old, new, 1))
	}
	images := func(old, new string) map[string]string {
		return file("preprocessor_config.json", strings.Replace(newStyle, old, new, 1))
	}
	single := func(content string) map[string]string { return file(vision, content) }
	own := func(content string) map[string]string { return file("fedpurel.json", content) }
	larger := file("preprocessor_config.json", strings.ReplaceAll(oldStyle, `:8`, `:9`))
	matrix := file("visual_projection.npy", "")
	unprojected := string(modelstest.Default().Unprojected())
	const visionOnly = `{"model_type":"clip_vision_model"}`
	for name, c := range map[string]struct {
		files map[string]string
		o     Options
		kind  fault.Kind
		say   string
	}{
		"no tower":        {file(text, "absent"), Options{}, fault.Missing, "onnx/text_model.onnx"},
		"no config":       {file("config.json", "absent"), Options{}, fault.Missing, "config.json"},
		"no preprocess":   {file("preprocessor_config.json", "absent"), Options{}, fault.Missing, "--preprocess"},
		"no JSON":         {file("config.json", "<html>"), Options{}, fault.Corrupt, "config.json"},
		"other family":    {config("clip", "altclip"), Options{}, fault.Corrupt, "altclip"},
		"other dimension": {config(`"projection_dim":6`, `"projection_dim":5`), Options{}, fault.Corrupt, "says 5"},
		"other towers": {map[string]string{
			text:          string(wide.Text()),
			"config.json": strings.Replace(configText, `"projection_dim":6`, `"projection_dim":0`, 1),
		}, Options{}, fault.Corrupt, "different models"},
		"negative":      {config(`_dim":6`, `_dim":-1`), Options{}, fault.Corrupt, "width is -1"},
		"other length":  {config(`12`, `77`), Options{}, fault.Corrupt, "texts of 77"},
		"other size":    {images(`{"height":8`, `{"height":9`), Options{}, fault.Corrupt, "crop_size"},
		"larger":        {larger, Options{}, fault.Corrupt, "9 pixels"},
		"lanczos":       {images(`"resample":3`, `"resample":1`), Options{}, fault.Corrupt, "resample"},
		"no mean":       {images(`0.48,`, ``), Options{}, fault.Corrupt, "mean has 2"},
		"scale 0":       {own(`{"logit_scale":0}`), Options{}, fault.Corrupt, "logit_scale"},
		"stray name":    {own(`{"vision":"../x.onnx","text":"y"}`), Options{}, fault.Missing, "../x.onnx"},
		"unprojected":   {single(unprojected), Options{}, fault.Corrupt, "without the projection"},
		"swapped":       {single(string(modelstest.Default().Text())), Options{}, fault.Corrupt, "no input of pixels"},
		"no graph":      {single("\x08\x08"), Options{}, fault.Corrupt, "no graph"},
		"web page":      {single("<html>"), Options{}, fault.Corrupt, "no ONNX file"},
		"empty":         {single(""), Options{}, fault.Corrupt, "empty"},
		"no variant":    {nil, Options{Variant: "q4"}, fault.Usage, "q4"},
		"no features":   {matrix, Options{PreProjection: true}, fault.Corrupt, "pooler_output"},
		"lfs pointer":   {single(pointer), Options{}, fault.Missing, "git lfs pull"},
		"only a text":   {own(`{"text":"onnx/text_model.onnx"}`), Options{}, fault.Corrupt, "none of images"},
		"only a vision": {own(`{"vision":"onnx/vision_model.onnx"}`), Options{}, fault.Missing, "no tower of texts"},
		"named, variant": {
			own(`{"vision":"onnx/vision_model.onnx","text":"onnx/text_model.onnx"}`),
			Options{Variant: "fp16"}, fault.Usage, "--variant chooses nothing",
		},
		"no processor": {map[string]string{
			"preprocessor_config.json": "absent",
			"processor_config.json":    `{"processor_class":"CLIPProcessor"}`,
		}, Options{}, fault.Corrupt, "image_processor"},
		"an image tower": {file("config.json", visionOnly), Options{}, fault.Corrupt, "--text-features"},
		"unknown preset": {nil, Options{Preprocess: "vgg"}, fault.Usage, "cifar-released"},
		"image size":     {nil, Options{ImageSize: 9}, fault.Usage, "8 pixels wide"},
		"crop rule":      {nil, Options{CropRule: "none"}, fault.Usage, "torchvision"},
		"negative scale": {nil, Options{LogitScale: -1}, fault.Usage, "positive"},
	} {
		if _, err := openFS(model(c.files), c.o); fault.KindOf(err) != c.kind || err == nil ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(OnDisk("/nowhere/at/all"), Options{}); fault.KindOf(err) != fault.Missing {
		t.Errorf("no folder: %v", err)
	}
	two := model(map[string]string{
		vision:                        "absent",
		"onnx/vision_model_fp16.onnx": "",
		"onnx/vision_model_q4.onnx":   "",
	})
	if _, err := openFS(two, Options{}); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "--variant") {
		t.Errorf("two variants: %v", err)
	}
}

// Newer transformers keep the image processor one level deeper.
func TestProcessorConfig(t *testing.T) {
	old, err := openFS(model(nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := openFS(model(map[string]string{
		"preprocessor_config.json": "absent",
		"processor_config.json":    `{"image_processor":` + newStyle + `,"processor_class":"CLIPProcessor"}`,
	}), Options{})
	if err != nil || m.Preprocess != old.Preprocess {
		t.Errorf("%+v, %v", m, err)
	}
}

// Towers of one architecture belong together; of several, the user chooses.
func TestArchitecturesAreNotMixed(t *testing.T) {
	towers := modelstest.Default().Split("v", "t")
	folder := func(names ...string) fstest.MapFS {
		m := fstest.MapFS{}
		for _, n := range names {
			m[n] = towers["v"]
			if strings.Contains(n, "text") {
				m[n] = towers["t"]
			}
		}
		return m
	}
	one := folder("clip_image_model_vitb16.onnx", "clip_image_model_vitb32.onnx", "clip_text_model_vitb32.onnx")
	m, err := openFS(one, Options{Preprocess: "clip"})
	if err != nil || m.Vision.File != "clip_image_model_vitb32.onnx" {
		t.Errorf("%+v, %v", m, err)
	}
	two := folder(
		"clip_image_model_vitb16.onnx", "clip_image_model_vitb32.onnx",
		"clip_text_model_vitb32.onnx", "clip_text_model_vitb16.onnx",
	)
	if _, err := openFS(two, Options{Preprocess: "clip"}); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "vitb16") {
		t.Errorf("two pairs: %v", err)
	}
	if m, err := openFS(two, Options{Preprocess: "clip", Variant: "vitb16"}); err != nil ||
		m.Text.File != "clip_text_model_vitb16.onnx" {
		t.Errorf("%+v, %v", m, err)
	}
	mixed := folder("clip_image_model_vitb16.onnx", "clip_text_model_vitb32.onnx")
	if _, err := openFS(mixed, Options{Preprocess: "clip"}); fault.KindOf(err) != fault.Missing {
		t.Errorf("no pair: %v", err)
	}
}

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"A photo, of a {Cat}.":  "a photo of a cat",
		"T-shirt/top &amp; x_y": "tshirttop x y",
		"  ":                    "",
	} {
		if got := Canonical(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	config := `{"model_cfg":{"embed_dim":6,"vision_cfg":{"image_size":8},"text_cfg":{"context_length":12,
		"hf_tokenizer_name":"timm/ViT-B-16-SigLIP","tokenizer_kwargs":{"clean":"CLEAN"}}}}`
	for clean, known := range map[string]bool{"canonicalize": true, "whitespace": true, "stem": false} {
		m, err := openFS(model(map[string]string{"config.json": strings.Replace(config, "CLEAN", clean, 1)}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f, err := m.Cleaner(); (err == nil) != known || (f != nil) != (clean == "canonicalize") {
			t.Errorf("%s: %v", clean, err)
		}
	}
}

func TestExternalWeights(t *testing.T) {
	s := modelstest.Default()
	for _, c := range []struct {
		location string
		kind     fault.Kind
		say      string
	}{
		{"weights.data", 0, ""},
		{"absent.data", fault.Missing, "absent.data"},
		{"../../etc/passwd", fault.Corrupt, "outside"},
	} {
		s.External = c.location
		file, weights := s.Vision()
		fsys := model(map[string]string{vision: string(file), "onnx/weights.data": string(weights)})
		m, err := openFS(fsys, Options{})
		if c.say != "" {
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
				t.Errorf("%s: %v", c.location, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		sums, err := m.Hash(context.Background())
		for _, name := range []string{
			"onnx/weights.data", vision, text, "config.json", "preprocessor_config.json", "vocab.json",
		} {
			if len(sums[name]) != 64 {
				t.Errorf("no hash of %s in %v, %v", name, sums, err)
			}
		}
	}
	file, _ := s.Vision()
	for n := 0; n < len(file); n += 7 {
		cut := model(map[string]string{vision: string(file[:n])})
		if _, err := openFS(cut, Options{}); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := modelstest.Default()
	s.External = "x"
	file, _ := s.Vision()
	f.Add(file, []byte(configText), []byte(newStyle))
	f.Fuzz(func(t *testing.T, onnx, config, images []byte) {
		_, err := openFS(model(map[string]string{
			vision:                     string(onnx),
			"config.json":              string(config),
			"preprocessor_config.json": string(images),
		}), Options{})
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
	})
}
