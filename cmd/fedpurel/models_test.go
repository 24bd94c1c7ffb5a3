package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models/modelstest"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// needsRuntime skips a test where ONNX Runtime is not installed.
func needsRuntime(t *testing.T) {
	t.Helper()
	if len(library(t)) == 0 && os.Getenv("ONNXRUNTIME_LIB") == "" {
		t.Skip("ONNX Runtime is not installed; run make deps")
	}
}

// colourful writes a data set of three classes, each picture of another colour, and returns its folder.
func colourful(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for c, class := range []string{"cat", "ray", "wolf"} {
		for i := range 6 {
			img := image.NewRGBA(image.Rect(0, 0, 11+i, 14))
			for k := range img.Bounds().Dx() * 14 {
				shade := color.RGBA{byte(80*c + 9*i), byte(7 * k), byte(200 - 60*c), 255}
				img.Set(k%img.Bounds().Dx(), k/img.Bounds().Dx(), shade)
			}
			var b bytes.Buffer
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			split := []string{"train", "test"}[i/4]
			path := filepath.Join(dir, "data", split, class, fmt.Sprint(i)+".png")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// miniature writes a case's folder as dir/model-<n> and returns its name.
func miniature(t *testing.T, dir, name string, fsys fs.FS) string {
	t.Helper()
	name = "model " + name
	if err := os.CopyFS(filepath.Join(dir, name), fsys); err != nil {
		t.Fatal(err)
	}
	return name
}

func theCase(t *testing.T, name string) modelstest.Case {
	t.Helper()
	for _, c := range modelstest.Cases() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no case %s", name)
	return modelstest.Case{}
}

// Every published layout goes the whole way from pictures to a cache, and all the float32 ones of CLIP's own kind give
// the same cache.
func TestEveryLayout(t *testing.T) {
	needsRuntime(t)
	dir := colourful(t)
	first := ""
	for i, c := range modelstest.Cases() {
		model, out := miniature(t, dir, c.Name, c.FS), fmt.Sprint("cache", i)
		var args []string
		if c.Preset != "" {
			fails(t, dir, 10, "--preprocess", "featurize", "--data", "data", "--model", model, "--out", out)
			args = append(args, "--preprocess", c.Preset)
		}
		if c.Variant != "" {
			args = append(args, "--variant", c.Variant)
		}
		text := ok(t, dir, append([]string{"featurize", "--data", "data", "--model", model, "--out", out}, args...)...)
		if !strings.Contains(text, "dimension 6") || !strings.Contains(text, c.Layout) {
			t.Errorf("%s: %s", c.Name, text)
		}
		held, err := cache.Open(filepath.Join(dir, out))
		if err != nil {
			t.Fatal(err)
		}
		m := held.Manifest
		if m.LogitScale.Value != c.Scale || m.Model.Normalised != c.Spec.Normalise ||
			(m.Model.Quantized != "") != c.Single || m.Model.Family != c.Family {
			t.Errorf("%s: scale %+v, model %+v", c.Name, m.LogitScale, m.Model)
		}
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
		if c.Spec == modelstest.Default() && c.Family == "clip" && c.Preset == "" && c.Name != "MobileCLIP" {
			features := read(t, dir, out, "train.features.npy")
			if first == "" {
				first = features
			} else if features != first {
				t.Errorf("%s gives other features than the same model in another layout", c.Name)
			}
		}
		ok(t, dir, append([]string{"models", "verify", model}, args...)...)
	}
	unprojected := withVision(theCase(t, "flat split"), modelstest.Default().Unprojected())
	fails(t, dir, 11, "projection", "models", "show", miniature(t, dir, "unprojected", unprojected))
}

func withVision(c modelstest.Case, file []byte) fs.FS {
	c.FS["vision_model.onnx"].Data = file
	return c.FS
}

func TestModelsShow(t *testing.T) {
	dir := t.TempDir()
	c := theCase(t, "optimum")
	out := ok(t, dir, "models", "show", miniature(t, dir, "a", c.FS))
	for _, want := range []string{
		"layout hf-monolith-flat", "family clip", "dimension 6", "pixel_values", "image_embeds", "attention_mask",
		"shortest to 8, bicubic", "100 (default)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	var card struct {
		Layout string
		Image  struct{ Input string }
	}
	if err := json.Unmarshal([]byte(ok(t, dir, "models", "show", "tiny", "--json")), &card); err != nil ||
		card.Layout != "hf-split" || !strings.Contains(card.Image.Input, "float32") {
		t.Errorf("%+v, %v", card, err)
	}
	_, warning, code := fedpurel(t, dir, "models", "show", miniature(t, dir, "b", theCase(t, "dynamic int8").FS))
	if code != 0 || !strings.Contains(warning, "one row at a time") {
		t.Errorf("a dynamically quantized model: %d, %s", code, warning)
	}
	fails(t, dir, 10, "no such folder", "models", "show", "nowhere")
	fails(t, dir, 2, "fp64", "models", "show", "model a", "--variant", "fp64")
	fails(t, dir, 2, "cifar-released", "models", "show", "model a", "--preprocess", "imagenet")
	fails(t, dir, 2, "name what to do", "models")
	if out := ok(t, dir, "models", "list", "--wide"); !strings.Contains(out, "Xenova/clip-vit-base-patch32") {
		t.Error(out)
	}
}

// mirror serves a model as some/clip, by the hub's interface, and returns its URL.
func mirror(t *testing.T) string {
	t.Helper()
	const commit = "89abcdef0123456789abcdef0123456789abcdef"
	files := theCase(t, "external data").FS
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/models/some/clip/revision/main" ||
			r.URL.Path == "/api/models/some/clip/revision/"+commit {
			var all []map[string]any
			for name, f := range files {
				sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(f.Data)), f.Data...))
				all = append(all, map[string]any{
					"rfilename": name,
					"size":      len(f.Data),
					"blobId":    hex.EncodeToString(sum[:]),
				})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{
				"sha":      commit,
				"siblings": append(all, map[string]any{"rfilename": "README.md", "size": 1}),
			})
			return
		}
		f := files[strings.TrimPrefix(r.URL.Path, "/some/clip/resolve/"+commit+"/")]
		if f == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(f.Data)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// A model is pulled from a server with the hub's interface, checked, damaged, checked again.
func TestModelsPull(t *testing.T) {
	needsRuntime(t)
	dir := colourful(t)
	t.Setenv("HF_ENDPOINT", mirror(t))
	out := ok(t, dir, "models", "pull", "some/clip")
	if !strings.Contains(out, "clip: some/clip at 89abcdef0123, 7 files") {
		t.Error(out)
	}
	ok(t, dir, "models", "pull", "some/clip", "--quiet") // nothing to do
	if out := ok(t, dir, "models", "verify", "clip"); !strings.Contains(out, "7 files have their recorded SHA-256") {
		t.Error(out)
	}
	ok(t, dir, "featurize", "--data", "data", "--model", "clip", "--out", "cache")
	if err := os.WriteFile(filepath.Join(dir, "clip", "vocab.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 12, "vocab.json has SHA-256", "models", "verify", "clip")
	fails(t, dir, 12, "move it away", "models", "pull", "some/clip")
	fails(t, dir, 10, "some/other", "models", "pull", "some/other")
	fails(t, dir, 2, "fp16", "models", "pull", "some/clip", "--variant", "fp16", "--out", "half")
	fails(t, dir, 2, "owner/name", "models", "pull", "vit")
}

// Class embeddings made elsewhere stand in for a text tower: in the order of the classes, or by name.
func TestTextFeatures(t *testing.T) {
	needsRuntime(t)
	dir := colourful(t)
	c := theCase(t, "transformers.js split")
	delete(c.FS, "onnx/text_model.onnx")
	model := miniature(t, dir, "vision", c.FS)
	rows := [][]float32{{1, 2, 3, 4, 5, 6}, {-1, 0, 1, 0, -1, 0}, {9, 1, 1, 2, 0, 4}}
	array := func(name string, order ...int) {
		b := npy.AppendHeader(nil, "<f4", len(order), 6)
		for _, i := range order {
			b = npy.AppendFloats(b, "<f4", rows[i])
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	array("ordered.npy", 0, 1, 2)
	array("mixed.npy", 2, 0, 1)
	array("short.npy", 0, 1)
	for name, text := range map[string]string{
		"names.txt":  "Wolf\ncat\nray\n",
		"names.json": `["wolf", "cat", "ray"]`,
		"wrong.txt":  "wolf\ncat\ndog\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	base := []string{"featurize", "--data", "data", "--model", model}
	ok(t, dir, append(base, "--out", "a", "--text-features", "ordered.npy")...)
	ok(t, dir, append(base, "--out", "b", "--text-features", "mixed.npy", "--classes", "names.txt")...)
	ok(t, dir, append(base, "--out", "c", "--text-features", "mixed.npy", "--classes", "names.json")...)
	a := read(t, dir, "a", "text.features.npy")
	if b, c := read(t, dir, "b", "text.features.npy"), read(t, dir, "c", "text.features.npy"); a != b || a != c {
		t.Error("rows that are named are not in the classes' order")
	}
	if m := read(t, dir, "a", cache.ManifestFile); !strings.Contains(m, `"text_source"`) ||
		!strings.Contains(m, "ordered.npy") {
		t.Error("the manifest does not say where the texts come from")
	}
	fails(t, dir, 10, "no pair of towers", append(base, "--out", "d")...)
	fails(t, dir, 2, "2 rows", append(base, "--out", "d", "--text-features", "short.npy")...)
	fails(t, dir, 2, `"ray"`, append(base, "--out", "d", "--text-features", "mixed.npy", "--classes", "wrong.txt")...)
	both := []string{"--out", "d", "--text-features", "mixed.npy", "--template", "a {}"}
	fails(t, dir, 2, "exclude each other", append(base, both...)...)
	fails(t, dir, 2, "--text-features", append(base, "--out", "d", "--classes", "names.txt")...)
	fails(t, dir, 10, "nowhere.npy", append(base, "--out", "d", "--text-features", "nowhere.npy")...)
	// The embedded model has another width.
	fails(t, dir, 2, "columns", "featurize", "--data", "data", "--model", "tiny", "--out", "d",
		"--text-features", "ordered.npy")
}

// Features before the projection train the projection; with the stored matrix they are the embeddings.
func TestPreProjection(t *testing.T) {
	needsRuntime(t)
	dir := colourful(t)
	c := theCase(t, "transformers.js split")
	spec := c.Spec
	model := miniature(t, dir, "plain", c.FS)
	fails(t, dir, 11, "pooler_output", "featurize", "--data", "data", "--model", model, "--out", "c0",
		"--pre-projection")
	spec.Pooled = true
	vision, _ := spec.Vision()
	c.FS["onnx/vision_model.onnx"].Data = vision
	matrix := spec.VisualProjection()
	width := len(matrix) / spec.Dim
	model = miniature(t, dir, "pooled", c.FS)
	fails(t, dir, 10, "visual_projection.npy", "featurize", "--data", "data", "--model", model, "--out", "c0",
		"--pre-projection")
	array := npy.AppendFloats(npy.AppendHeader(nil, "<f4", spec.Dim, width), "<f4", matrix)
	put(t, dir, filepath.Join(model, "visual_projection.npy"), array)
	ok(t, dir, "featurize", "--data", "data", "--model", model, "--out", "before", "--pre-projection")
	ok(t, dir, "featurize", "--data", "data", "--model", model, "--out", "after")
	before, after := trainSplit(t, filepath.Join(dir, "before")), trainSplit(t, filepath.Join(dir, "after"))
	for i := range 12 {
		x, want := make([]float32, width), make([]float32, spec.Dim)
		err := before.Gather(f32.Of(1, width, x), []int{i})
		if err = errors.Join(err, after.Gather(f32.Of(1, spec.Dim, want), []int{i})); err != nil {
			t.Fatal(err)
		}
		var got []float64
		length := 0.0
		for d := range spec.Dim {
			sum := 0.0
			for e, v := range x {
				sum += float64(v) * float64(matrix[d*width+e])
			}
			got = append(got, sum)
			length += sum * sum
		}
		n := norm(want)
		for d := range got {
			if math.Abs(got[d]/math.Sqrt(length)-float64(want[d])/n) > 1e-5 {
				t.Fatalf("image %d: coordinate %d is %v, want %v", i, d, got[d]/math.Sqrt(length), float64(want[d])/n)
			}
		}
	}
	ok(t, dir, "train", "--cache", "before", "--out", "run", "--module", "projection", "--clients", "2",
		"--imbalance", "1", "--rounds", "2")
}

func trainSplit(t *testing.T, dir string) *cache.Split {
	t.Helper()
	held, err := cache.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	split, err := held.Split("train")
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func norm(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

func TestModelOptions(t *testing.T) {
	needsRuntime(t)
	dir := colourful(t)
	run := func(out string, args ...string) string {
		ok(t, dir, append([]string{"featurize", "--data", "data", "--model", "tiny", "--out", out}, args...)...)
		return read(t, dir, out, "train.features.npy")
	}
	seen := map[string]string{}
	for _, args := range [][]string{
		{},
		{"--preprocess", "clip"},
		{"--preprocess", "squash"},
		{"--preprocess", "siglip"},
		{"--preprocess", "mobileclip"},
		{"--preprocess", "cifar-released"},
		{"--preprocess", "cifar10-released"},
	} {
		what := strings.Join(args, " ")
		got := run("c"+fmt.Sprint(len(seen)), args...)
		for other, features := range seen {
			if same := what == "--preprocess clip" && other == ""; (features == got) != same {
				t.Errorf("%q and %q: the same features: %v, want %v", what, other, features == got, same)
			}
		}
		seen[what] = got
	}
	run("scale", "--logit-scale", "77")
	if m := read(t, dir, "scale", cache.ManifestFile); !strings.Contains(m, `"value": 77`) ||
		!strings.Contains(m, `"option"`) {
		t.Error("--logit-scale is not in the manifest")
	}
	run("hf", "--tokenizer", "hf")
	if m := read(t, dir, "hf", cache.ManifestFile); !strings.Contains(m, `"mode": "hf"`) {
		t.Error("--tokenizer is not in the manifest")
	}
	base := []string{"featurize", "--data", "data", "--model", "tiny", "--out"}
	refused := func(say string, args ...string) {
		t.Helper()
		fails(t, dir, 2, say, append(append(base, "x"), args...)...)
	}
	refused("openai", "--tokenizer", "spacy")
	refused("cuda", "--provider", "tpu")
	refused("known: hf, torchvision", "--crop-rule", "none")
	refused("64 pixels", "--preprocess", "clip", "--image-size", "32")
	for _, p := range []string{"cuda", "coreml", "openvino", "directml"} {
		_, errs, code := fedpurel(t, dir, append(base, "on "+p, "--provider", p)...)
		lines := strings.Count(strings.TrimSpace(errs), "\n") + 1
		if code != 0 && (!strings.Contains(strings.ToLower(errs), p) || lines > 1) {
			t.Errorf("--provider %s: exit %d: %s", p, code, errs)
		}
	}
}
