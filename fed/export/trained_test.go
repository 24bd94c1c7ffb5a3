//go:build cgo

package export

import (
	"context"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

// imported makes a cache of seven noisy classes, before a projection if there is one.
func imported(t *testing.T, dir string, projected bool) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	head := frozen(rng, projected)
	array := func(name string, m f32.Matrix, write func(io.Writer) error) string {
		path := filepath.Join(filepath.Dir(dir), filepath.Base(dir)+"-"+name+".npy")
		if write == nil {
			write = func(w io.Writer) error { return npy.WriteFloat32(w, m.Data, m.Rows, m.Cols) }
		}
		if err := durable.WriteFile(path, write); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := cache.Arrays{LogitScale: scale, Text: array("text", head.Text, nil)}
	columns := dim
	if projected {
		in.Projection, columns = array("projection", head.Projection, nil), width
	}
	centre := random(rng, classes, columns)
	split := func(name string, n int) (features, labels string) {
		x, y := random(rng, n, columns), make([]int32, n)
		for i := range y {
			y[i] = int32(i % classes)
			f32.Axpy(1.5, centre.Row(int(y[i])), x.Row(i))
		}
		return array(name, x, nil), array(name+"-y", x, func(w io.Writer) error { return npy.WriteInt32(w, y, n) })
	}
	in.Train, in.TrainLabels = split("train", 30*classes)
	in.Test, in.TestLabels = split("test", 10*classes)
	if _, err := cache.Import(dir, in, nil); err != nil {
		t.Fatal(err)
	}
}

// Of runs with every module, the exported head gives on the whole test split what the model does: everybody's and one
// client's.
func TestTrainedHeads(t *testing.T) {
	runtime(t)
	dir := t.TempDir()
	plain, wide := filepath.Join(dir, "plain"), filepath.Join(dir, "wide")
	imported(t, plain, false)
	imported(t, wide, true)
	for _, e := range peft.Modules {
		if e.Inside != peft.Outside { // an encoder is asked for
			continue
		}
		settings := lab.Settings{
			"cache": plain, "method": "fedpurel", "module": e.Name, "clients": 3, "rounds": 2, "batch": 16,
			"lr": 0.05, "personal_lr": 0.05,
		}
		if e.Projects {
			settings["cache"] = wide
		}
		t.Run(e.Name, func(t *testing.T) { sameOnTest(t, settings, "", "2") })
	}
	for _, made := range []struct{ method, module, cache string }{ // modules of which methods make more
		{"fedex", "lora-head", plain}, {"fedex", "projection", wide}, {"fedex", "text-lora", plain},
		{"promptfolio", "text-class", plain},
	} {
		t.Run(made.method+" on "+made.module, func(t *testing.T) {
			sameOnTest(t, lab.Settings{
				"cache": made.cache, "method": made.method, "module": made.module, "clients": 3, "rounds": 3,
				"batch": 16, "lr": 0.05,
			}, "", "2")
		})
	}
	t.Run("zeroshot", func(t *testing.T) { sameOnTest(t, lab.Settings{"cache": wide, "method": "zeroshot"}, "") })
	t.Run("local", func(t *testing.T) {
		s := lab.Settings{"cache": plain, "method": "local", "clients": 3, "rounds": 2}
		f := sameOnTest(t, s, "1")
		if _, err := f.Model(""); err == nil || !strings.Contains(err.Error(), "has no global model") {
			t.Error(err)
		}
	})
}

// sameOnTest trains, exports the models of these clients, and compares them.
func sameOnTest(t *testing.T, settings lab.Settings, clients ...string) *lab.Folder {
	t.Helper()
	f, test := finished(t, settings)
	for _, client := range clients {
		m, err := f.Model(client)
		if err != nil {
			t.Fatal(err)
		}
		x := rowsOf(t, test, m)
		out, _ := write(t, m, Options{Client: client, Run: f.Seal()})
		s := open(t, out, inputName)
		logits, chances := s.run(x.Data, int64(x.Rows), int64(x.Cols))
		alike(t, logits, chances, m.Logits(nil, x))
		if run := s.notes()["run"]; len(run) != 64 {
			t.Errorf("the run's seal is %q", run)
		}
	}
	return f
}

// finished trains, and opens the run and the test split.
func finished(t *testing.T, settings lab.Settings) (*lab.Folder, *cache.Split) {
	t.Helper()
	spec, err := lab.Default().Spec(settings)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := lab.Run(context.Background(), spec, dir, lab.How{}); err != nil {
		t.Fatal(err)
	}
	f, err := lab.Default().Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	held, err := cache.Open(spec.Cache)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })
	test, err := held.Split("test")
	if err != nil {
		t.Fatal(err)
	}
	return f, test
}

// rowsOf are all rows of a split.
func rowsOf(t *testing.T, split *cache.Split, m *lab.Model) f32.Matrix {
	t.Helper()
	x, rows := f32.New(split.Len(), m.Columns()), make([]int, split.Len())
	for i := range rows {
		rows[i] = i
	}
	if err := split.Gather(x, rows); err != nil {
		t.Fatal(err)
	}
	return x
}
