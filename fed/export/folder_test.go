package export

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// some is a model of two parts.
func some() *lab.Model {
	rng := rand.New(rand.NewPCG(3, 4))
	head := frozen(rng, false)
	m := &lab.Model{Head: head, Card: card("lora")}
	m.Module, _ = peft.New("lora", head, nil)
	for _, weight := range []float64{1, 0.5} {
		m.Parts = append(m.Parts, lab.Part{Weight: weight, Phi: random(rng, 1, m.Module.Layout().Size()).Data})
	}
	return m
}

// holds are the files of an export, the card last.
var holds = []string{
	"classes.txt", "model.onnx", "model.safetensors", "numpy/A.2.npy", "numpy/A.npy", "numpy/B.2.npy", "numpy/B.npy",
	"numpy/text.npy", "preprocess.json", "card.json",
}

func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// An export has all files, the same bytes at any time, and arrays that say what the formula means.
func TestFiles(t *testing.T) {
	dir, c := write(t, some(), Options{})
	again, _ := write(t, some(), Options{})
	want := slices.Sorted(slices.Values(holds))
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	for _, name := range want {
		a, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(filepath.Join(again, name)); string(a) != string(b) {
			t.Errorf("%s differs in a second export", name)
		}
		if name == CardFile && durable.CheckSeal(a) != nil {
			t.Error("the card does not fit its seal")
		}
	}
	formula := []string{
		"v1 = x Aᵀ", "v2 = v1 Bᵀ", "v3 = 2 · v2", "v4 = x + v3", "v5 = v4 / ‖v4‖", "v6 = v5 textᵀ", "v7 = 30 · v6",
		"v8 = x A.2ᵀ", "v9 = v8 B.2ᵀ", "v10 = 2 · v9", "v11 = x + v10", "v12 = v11 / ‖v11‖", "v13 = v12 textᵀ",
		"v14 = 30 · v13", "v15 = 0.5 · v14", "logits = v7 + v15",
	}
	if !slices.Equal(c.Formula, formula) {
		t.Errorf("formula %q", c.Formula)
	}
	tensors, err := safetensors.ReadFile(filepath.Join(dir, TensorsFile))
	if err != nil {
		t.Fatal(err)
	}
	m := some()
	a := m.Module.Layout()[0]
	for name, want := range map[string]f32.Matrix{
		"A": a.Of(m.Parts[0].Phi), "A.2": a.Of(m.Parts[1].Phi), "text": m.Head.Text,
	} {
		array, err := npy.Open(filepath.Join(dir, ArrayFolder, name+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		defer array.Close()
		got, err := array.Float32s()
		if err != nil || !slices.Equal(got, want.Data) || !slices.Equal(array.Shape, []int{want.Rows, want.Cols}) {
			t.Errorf("%s.npy differs: %v", name, err)
		}
		if tensor, is := tensors.Tensor(name); !is || !slices.Equal(tensor.Data, want.Data) {
			t.Errorf("%s of %s differs", name, TensorsFile)
		}
	}
}

// An export is replaced by the next one, with nothing left of it; what is no export stays as it is.
func TestReplace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "out")
	ctx := context.Background()
	if _, err := Write(ctx, dir, some(), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	one := some()
	one.Parts, one.Card.Encoder = one.Parts[:1], nil
	if _, err := Write(ctx, dir, one, Options{Formats: []string{"safetensors", "npy"}}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"card.json", "classes.txt", "model.safetensors", "notes.txt", "numpy/A.npy", "numpy/B.npy", "numpy/text.npy",
	}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("beside the export: %v", left)
	}

	// What a killed export leaves is in nobody's way.
	killed := t.TempDir()
	for _, name := range []string{scratchName + "/numpy/old.npy", durable.LockFile} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(killed, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(killed, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Write(ctx, killed, some(), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := files(t, killed); len(got) != len(holds) {
		t.Errorf("files %v", got)
	}

	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, CardFile), []byte(`{"kind":"visiting"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Write(ctx, other, some(), Options{})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "is no export") {
		t.Error(err)
	}
	if got := files(t, other); len(got) != 1 {
		t.Errorf("beside somebody's file: %v", got)
	}
	if _, err = Write(ctx, filepath.Join(other, CardFile), some(), Options{}); err == nil {
		t.Error("a file is taken for a folder")
	}
	_, err = Write(ctx, t.TempDir(), some(), Options{Formats: []string{"onx"}})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "did you mean onnx?") {
		t.Error(err)
	}
}

// silent is a module of a program outside that does not say what it computes.
type silent struct{ peft.Module }

type mute struct{ peft.Bound }

func (s silent) At(m *f32.Arena, p []float32) peft.Bound { return mute{s.Module.At(m, p)} }

func TestSilentModule(t *testing.T) {
	m := some()
	m.Module, m.Card.Module = silent{m.Module}, "own"
	_, err := Write(context.Background(), t.TempDir(), m, Options{})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "module own does not say what it computes") {
		t.Error(err)
	}
}

// What is learned inside the image tower is no head behind it.
func TestInsideIsNoHead(t *testing.T) {
	m := some()
	e, err := peft.Find("lora-vision")
	if err != nil {
		t.Fatal(err)
	}
	m.Module, m.Card.Module = e.New(m.Head, e.Options), e.Name
	_, err = Write(context.Background(), t.TempDir(), m, Options{})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "lora-vision changes the image tower") {
		t.Error(err)
	}
}

// Cards are JSON that programs read.
func TestCard(t *testing.T) {
	dir, want := write(t, some(), Options{Client: "3", Run: "ab12", Formats: []string{"onnx"}})
	data, err := os.ReadFile(filepath.Join(dir, CardFile))
	if err != nil {
		t.Fatal(err)
	}
	var got Card
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Client != "3" || got.Run != "ab12" || got.Input != "embeddings" || len(got.Files) != 3 ||
		!slices.Equal(got.Model.Classes, want.Model.Classes) || got.Model.Module != "lora" {
		t.Errorf("%+v", got)
	}
}
