package lab_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// files reads the files of a run's model folder.
func files(t *testing.T, run string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range []string{"card.json", "model.safetensors"} {
		data, err := os.ReadFile(filepath.Join(run, lab.ModelDir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

// The models of an outcome are those of the folder, to the bit, and in memory alike; the folder needs no cache.
func TestOutcomeModels(t *testing.T) {
	b := newBench(t)
	spec := mustSpec(t, lab.Default(), b.base(lab.Settings{"method": "fedpurel", "post_adjust": 1, "wise": 0.5}))
	memory, err := lab.Train(t.Context(), spec, "", lab.How{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	kept, err := lab.Train(t.Context(), spec, b.path("run"), lab.How{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if err := os.RemoveAll(b.path("cache")); err != nil {
		t.Fatal(err)
	}
	folder, err := lab.Default().Open(b.path("run"))
	if err != nil {
		t.Fatal(err)
	}
	alone := b.path("elsewhere")
	if err := os.CopyFS(alone, os.DirFS(filepath.Join(b.path("run"), lab.ModelDir))); err != nil {
		t.Fatal(err)
	}
	copied := func(client string) (*lab.Model, error) {
		if client != "" {
			return folder.Model(client)
		}
		return lab.Default().OpenModel(alone)
	}
	for _, client := range []string{"", "1", "2", "3", "4"} {
		want := ""
		for i, open := range []func(string) (*lab.Model, error){memory.Model, kept.Model, folder.Model, copied} {
			m, err := open(client)
			if err != nil {
				t.Fatal(err)
			}
			m.Card = lab.Card{} // that of a folder knows the folder's arrays
			got := asJSON(t, []any{m.Head, m.Parts, m.Subtract, m.Projects})
			if i == 0 {
				want = got
			}
			if got != want || len(m.Parts) == 0 || m.Subtract == nil {
				t.Errorf("client %q: %s, want %s", client, got, want)
			}
		}
	}
	for _, client := range []string{"0", "5", "person"} {
		if _, err := memory.Model(client); fault.KindOf(err) != fault.Usage {
			t.Errorf("client %q: %v", client, err)
		}
	}
}

// What the card says is what a program needs to predict elsewhere.
func TestCard(t *testing.T) {
	b := newBench(t)
	s := b.base(lab.Settings{"method": "ditto", "partition": "natural", "module": "gate"})
	f := newFinished(t, s, b.path("run"))
	m := f.model(t, "person2")
	c := m.Card
	said := asJSON(t, []any{c.Classes, c.LogitScale, c.Dim, c.Method, c.Module, c.Names, c.Clients, c.Rounds})
	want := `[["a","b","c","d","e"],15,8,"ditto","gate",["person0","person1","person2","person3"],4,2]`
	if said != want || c.Options["ditto_lambda"] != 1.0 || c.Cache != f.Env.Cache ||
		float64(c.Accuracy["global"]) != f.Result.Last.Global.Value("all") {
		t.Errorf("%s\n%+v", said, c)
	}
}

// A run that an older program finished, and one whose model folder is damaged, have it after --resume.
func TestModelFolderAgain(t *testing.T) {
	b := newBench(t)
	for _, method := range []string{"fedpurel", "local", "zeroshot"} {
		spec := mustSpec(t, lab.Default(), b.base(lab.Settings{"method": method}))
		run := b.path(method)
		mustRun(t, spec, run, lab.How{})
		want := files(t, run)
		if err := os.RemoveAll(filepath.Join(run, lab.ModelDir)); err != nil {
			t.Fatal(err)
		}
		f, err := lab.Default().Open(run)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Model("1"); fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "--resume") {
			t.Errorf("%s without a model folder: %v", method, err)
		}
		mustRun(t, spec, run, lab.How{Resume: true})
		for name, data := range files(t, run) {
			if !bytes.Equal(data, want[name]) {
				t.Errorf("%s: another %s than before", method, name)
			}
		}
	}
}

// TestModelDamage: every byte that is changed, and every cut, is noticed in one line, with the remedy.
func TestModelDamage(t *testing.T) {
	b := newBench(t)
	f := newFinished(t, b.base(lab.Settings{"method": "fedpurel", "module": "gate"}), b.path("run"))
	refused := func(what string) {
		t.Helper()
		_, err := f.Model("")
		if kind := fault.KindOf(err); kind != fault.Corrupt && kind != fault.Mismatch {
			t.Fatalf("%s: %v", what, err)
		}
		if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, "--resume") {
			t.Fatalf("%s: %s", what, text)
		}
	}
	for name, data := range files(t, f.Dir) {
		path := filepath.Join(f.Dir, lab.ModelDir, name)
		write := func(data []byte) {
			t.Helper()
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for i := range data {
			if i%7 != 0 && i < len(data)-100 {
				continue
			}
			changed := bytes.Clone(data)
			changed[i] ^= 1
			if compacted(changed) != compacted(data) {
				write(changed)
				refused(fmt.Sprintf("%s with another byte %d", name, i))
			}
			if i < len(data)-1 { // the last byte of a card is the newline
				write(data[:i])
				refused(fmt.Sprintf("%s cut off after %d bytes", name, i))
			}
		}
		write(data)
	}
	if _, err := f.Model(""); err != nil {
		t.Fatal(err)
	}
	card := filepath.Join(f.Dir, lab.ModelDir, "card.json")
	if err := durable.WriteSealed(card, map[string]any{"format": lab.CardFormat + 1}); err != nil {
		t.Fatal(err)
	}
	refused("another format")
	if err := durable.WriteSealed(card, map[string]any{"format": lab.CardFormat}); err != nil {
		t.Fatal(err)
	}
	refused("an empty card")
	other := newFinished(t, b.base(lab.Settings{"method": "fedavg"}), b.path("other"))
	here, there := filepath.Join(f.Dir, lab.ModelDir), filepath.Join(other.Dir, lab.ModelDir)
	if err := os.RemoveAll(here); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(here, os.DirFS(there)); err != nil {
		t.Fatal(err)
	}
	refused("the model of another run")
}

// compacted is what a seal covers: white space does not matter.
func compacted(data []byte) string { return strings.Join(strings.Fields(string(data)), "") }
