package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// place is a site that tests make a cache for.
type place struct {
	name        string
	classes     []string
	train, test int
	change      func(*Contents)
	text        func(f32.Matrix) // changes class embeddings
}

// direction is the embedding of a class, the same wherever it is a class.
func direction(class string, to []float32) {
	for j := range to {
		to[j] = float32(1 + (len(class)*7+int(class[0])*3*(j+1)+int(class[len(class)-1])*j)%11)
	}
}

// put makes the cache of the site. Image i is of class i mod C, and its features begin with i and the site's name.
func (s place) put(t testing.TB) Site {
	t.Helper()
	p := testContents(1, 1, "<f4")
	p.Classes, p.Splits = s.classes, nil
	p.Data = &DataInfo{Format: "folders", Notes: []string{"a note"}}
	for split, n := range map[string]int{"train": s.train, "test": s.test} {
		p.Splits = append(p.Splits, SplitContents{Name: split, Rows: n})
	}
	slices.SortFunc(p.Splits, func(a, b SplitContents) int { return strings.Compare(b.Name, a.Name) })
	if s.change != nil {
		s.change(&p)
	}
	dir := filepath.Join(t.TempDir(), s.name)
	w, err := Create(dir, p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, split := range p.Splits {
		for index := range testParts(split.Rows) {
			part := Part{Split: split.Name, Index: index}
			for i := index * PartRows; i < min((index+1)*PartRows, split.Rows); i++ {
				part.Files = append(part.Files, file(split.Name, i))
				part.Labels = append(part.Labels, int32(i%len(s.classes)))
				for v := range 1 + p.ViewsOf(split.Name) {
					part.Features.Data = append(part.Features.Data,
						s.feature(i), float32(v), float32(len(split.Name)), 1, 2)
				}
			}
			part.Features = f32.Of(len(part.Files), dim*(1+p.ViewsOf(split.Name)), part.Features.Data)
			if err := w.WritePart(part); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := f32.New(len(p.Classes), dim)
	for c, name := range p.Classes {
		direction(name, text.Row(c))
	}
	if s.text != nil {
		s.text(text)
	}
	if err := w.PutText(text); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(t.Context(), map[string]string{"go": "x"}); err != nil {
		t.Fatal(err)
	}
	return Site{s.name, dir}
}

// feature is the first of image i.
func (s place) feature(i int) float32 { return float32(i%1000) + float32(s.name[0]) }

func merged(t testing.TB, sites ...Site) (dir string, notes []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "all")
	_, notes, err := MergeSites(t.Context(), dir, sites, map[string]string{"go": "y"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, notes
}

// The rows of all sites stand one after the other under their sites' names, with their own pictures' features and the
// united list's labels; the order of arguments does not matter.
func TestMergeSites(t *testing.T) {
	for _, views := range []int{0, 2} {
		change := func(p *Contents) { p.Views, p.ViewSeed = views, 5 }
		places := []place{
			{name: "Zürich", classes: []string{"owl", "fox"}, train: 2, test: 2, change: change},
			{name: "New York", classes: []string{"fox", "elk", "owl"}, train: PartRows + 300, test: 7, change: change},
			{name: "one", classes: []string{"elk", "boar"}, train: 1, test: 1, change: change},
		}
		var sites []Site
		for _, p := range places {
			sites = append(sites, p.put(t))
		}
		dir, notes := merged(t, sites...)
		if len(notes) != 2 || !strings.Contains(notes[0], "4 classes together") ||
			!strings.Contains(notes[1], "New York, Zürich") {
			t.Errorf("notes %q", notes)
		}
		again, _ := merged(t, sites[2], sites[0], sites[1])
		holds(t, "another order", again, content(t, dir))
		c := open(t, dir)
		if err := c.Verify(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if got := c.Manifest.Classes; !slices.Equal(got, []string{"boar", "elk", "fox", "owl"}) {
			t.Errorf("classes %q", got)
		}
		for k, name := range c.Manifest.Classes {
			want := make([]float32, dim)
			direction(name, want)
			f32.Normalize(want, want)
			if !slices.Equal(c.Text.Row(k), want) {
				t.Errorf("the embedding of %s is %v, want %v", name, c.Text.Row(k), want)
			}
		}
		for name, n := range map[string][3]int{"train": {PartRows + 300, 2, 1}, "test": {7, 2, 1}} {
			s, err := c.Split(name)
			if err != nil {
				t.Fatal(err)
			}
			files, err := s.Files()
			clients, err2 := s.Clients()
			if err := errors.Join(err, err2); err != nil || s.Len() != n[0]+n[1]+n[2] {
				t.Fatal(s.Len(), err)
			}
			r, x := 0, f32.New(1, dim)
			for k, p := range []place{places[1], places[0], places[2]} { // by name
				for i := range n[k] {
					if clients[r] != p.name || files[r] != p.name+"/"+file(name, i) {
						t.Fatalf("row %d is %s of %s", r, files[r], clients[r])
					}
					if got := c.Manifest.Classes[s.Labels()[r]]; got != p.classes[i%len(p.classes)] {
						t.Fatalf("row %d, %s, is %s", r, files[r], got)
					}
					for v := range 1 + s.Views() {
						if err := s.GatherViews(x, []int{r}, []int{v}); err != nil {
							t.Fatal(err)
						}
						if x.Data[0] != p.feature(i) || x.Data[1] != float32(v) || x.Data[2] != float32(len(name)) {
							t.Fatalf("row %d, %s, has features %v", r, files[r], x.Data)
						}
					}
					r++
				}
			}
		}
		m := c.Manifest
		if m.Origin != "sites" || len(m.Sites) != 3 || m.Sites[0].Rows["test"] != 7 || m.Sites[1].Name != "Zürich" ||
			m.Data.Format != "folders" || !slices.Contains(m.Data.Notes, "Zürich: a note") || m.Views != views ||
			m.Versions["go"] != "y" || m.Sites[1].Versions["go"] != "x" {
			t.Errorf("manifest %+v", m)
		}
	}
}

// A site that has all classes gives the order; equal lists stay as they are, whatever is in them.
func TestSitesClasses(t *testing.T) {
	few := place{name: "a", classes: []string{"owl", "fox"}, train: 2, test: 2}.put(t)
	whole := place{name: "b", classes: []string{"owl", "elk", "fox"}, train: 3, test: 3}.put(t)
	turned := place{name: "c", classes: []string{"fox", "elk", "owl"}, train: 3, test: 3}.put(t)
	dir, notes := merged(t, few, whole, turned)
	if c := open(t, dir).Manifest.Classes; !slices.Equal(c, []string{"owl", "elk", "fox"}) ||
		!strings.Contains(strings.Join(notes, "\n"), "classes of a, c have other numbers") {
		t.Errorf("classes %q, notes %q", c, notes)
	}
	crane := []string{"crane", "crane"}
	dir, notes = merged(t,
		place{name: "a", classes: crane, train: 2, test: 2}.put(t),
		place{name: "b", classes: crane, train: 4, test: 2}.put(t))
	if c := open(t, dir).Manifest.Classes; !slices.Equal(c, crane) || len(notes) > 0 {
		t.Errorf("classes %q, notes %q", c, notes)
	}
	_, notes = merged(t, few, place{name: "b", classes: []string{"fox", "Owl"}, train: 2, test: 2}.put(t))
	if !strings.Contains(strings.Join(notes, "\n"), `"Owl" and "owl" are two classes`) {
		t.Errorf("notes %q", notes)
	}
	linked := place{name: "link", classes: []string{"elk", "bear"}, train: 2, test: 2}.put(t)
	far := place{name: "far", classes: []string{"bear", "ant"}, train: 2, test: 2}.put(t)
	merged(t, few, far, linked, whole) // few and far share none, the others link them
}

// Sites whose caches name clients have site/client; merging is done again on what was merged before.
func TestSitesOfSites(t *testing.T) {
	names := []string{"owl", "fox"}
	a := place{name: "a", classes: names, train: 2, test: 2}.put(t)
	b := place{name: "b", classes: names, train: 2, test: 2}.put(t)
	c := place{name: "c", classes: names, train: 1, test: 1}.put(t)
	north, _ := merged(t, a, b)
	dir, _ := merged(t, Site{"north", north}, c)
	s, err := open(t, dir).Split("test")
	if err != nil {
		t.Fatal(err)
	}
	clients, err := s.Clients()
	if want := []string{"c", "north/a", "north/a", "north/b", "north/b"}; err != nil || !slices.Equal(clients, want) {
		t.Errorf("clients %q, %v", clients, err)
	}
}

// float16 beside float32 is widened; what machines round differently is one embedding.
func TestSitesRounding(t *testing.T) {
	names := []string{"owl", "fox"}
	a := place{name: "a", classes: names, train: 2, test: 2, change: func(p *Contents) { p.DType = "<f2" }}
	b := place{name: "b", classes: names, train: 2, test: 2, text: func(x f32.Matrix) { x.Data[0] *= 1 + 1e-6 },
		change: func(p *Contents) { p.Model.Provider = "cuda" }}
	dir, notes := merged(t, b.put(t), a.put(t))
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "of a are rounded to float16") ||
		!strings.Contains(all, "as machines round") {
		t.Errorf("notes %q", notes)
	}
	c := open(t, dir)
	s, err := c.Split("train")
	if err != nil {
		t.Fatal(err)
	}
	x := f32.New(4, dim)
	if err := s.Gather(x, []int{0, 1, 2, 3}); err != nil || c.Manifest.DType != "<f4" || x.Row(1)[0] != a.feature(1) ||
		x.Row(3)[0] != b.feature(1) || c.Manifest.Model.Provider != "cpu, cuda" {
		t.Errorf("%s %v, %+v, %v", c.Manifest.DType, x.Data, c.Manifest.Model, err)
	}
	dir, _ = merged(t, a.put(t), place{name: "b", classes: names, train: 1, test: 1, change: a.change}.put(t))
	if dt := open(t, dir).Manifest.DType; dt != "<f2" {
		t.Errorf("two halves give %s", dt)
	}
}

func TestMergeSitesRefuses(t *testing.T) {
	names := []string{"owl", "fox"}
	with := func(change func(*Contents)) Site {
		return place{name: "b", classes: names, train: 3, test: 2, change: change}.put(t)
	}
	a := place{name: "a", classes: names, train: 2, test: 2}.put(t)
	imported := Site{"b", filepath.Join(t.TempDir(), "b")}
	if _, err := Import(imported.Dir, arrays(t), nil); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(a.Dir)); err != nil {
		t.Fatal(err)
	}
	damaged := with(nil)
	if err := os.Truncate(filepath.Join(damaged.Dir, "train.files.txt"), 9); err != nil {
		t.Fatal(err)
	}
	other := func(classes ...string) Site { return place{name: "b", classes: classes, train: 2, test: 2}.put(t) }
	of := func(model map[string]string) Site { return with(func(p *Contents) { p.Model.Files = model }) }
	wide := func(p *Contents) { p.Width, p.Projection = dim, projection(t) }
	moved := place{name: "b", classes: names, train: 1, test: 1, text: func(x f32.Matrix) { x.Row(1)[2] *= 1.01 }}
	plain := with(nil)
	for name, c := range map[string]struct {
		b    Site // beside a
		kind fault.Kind
		say  string
	}{
		"same name":      {Site{"a", plain.Dir}, fault.Usage, "NAME="},
		"no name":        {Site{" ", plain.Dir}, fault.Usage, "NAME="},
		"a slash":        {Site{"b/c", plain.Dir}, fault.Usage, "NAME="},
		"same folder":    {Site{"b", a.Dir}, fault.Usage, "twice"},
		"a copy":         {Site{"b", copied}, fault.Usage, "twice"},
		"not there":      {Site{"b", filepath.Join(a.Dir, "x")}, fault.Missing, "no manifest"},
		"damaged":        {damaged, fault.Mismatch, "train.files.txt"},
		"imported":       {imported, fault.Usage, "featurize both"},
		"width":          {with(wide), fault.Usage, "shapes"},
		"templates":      {with(func(p *Contents) { p.Templates = []string{"{}"} }), fault.Usage, "--template"},
		"scale":          {with(func(p *Contents) { p.LogitScale.Value = 50 }), fault.Usage, "--logit-scale"},
		"views":          {with(func(p *Contents) { p.Views = 1 }), fault.Usage, "--views"},
		"model":          {of(map[string]string{"f": "1"}), fault.Usage, ": f differ"},
		"other files":    {of(map[string]string{"g": "00"}), fault.Usage, ": f, g"},
		"preprocess":     {with(func(p *Contents) { p.Model.Preprocess = []byte("[]") }), fault.Usage, "--preprocess"},
		"tokenizer":      {with(func(p *Contents) { p.Model.Tokenizer = &Tokenizer{} }), fault.Usage, "--tokenizer"},
		"quantized":      {with(func(p *Contents) { p.Model.Quantized = "dynamic" }), fault.Usage, "--variant"},
		"class array":    {with(func(p *Contents) { p.TextSource = &File{"t", "0"} }), fault.Usage, "--text-features"},
		"nothing shared": {other("Owl", "elk"), fault.Usage, "a has owl, fox, b has Owl, elk"},
		"two of a name":  {other("owl", "owl"), fault.Usage, "two classes"},
		"text":           {moved.put(t), fault.Usage, `class "fox"`},
	} {
		out := filepath.Join(t.TempDir(), "out")
		_, _, err := MergeSites(t.Context(), out, []Site{a, c.b}, nil, nil)
		if fault.KindOf(err) != c.kind || !strings.Contains(fmt.Sprint(err), c.say) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: left a folder behind", name)
		}
	}
	if _, _, err := MergeSites(t.Context(), copied+"x", []Site{a}, nil, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("a single site: %v", err)
	}
	_, _, err := Merge(t.Context(), copied+"x", []string{a.Dir}, nil)
	if !strings.Contains(fmt.Sprint(err), "--sites") {
		t.Errorf("caches as shards: %v", err)
	}
}

// projection is a file with a matrix that changes nothing.
func projection(t *testing.T) string {
	p := f32.New(dim, dim)
	for i := range dim {
		p.Row(i)[i] = 1
	}
	dir := t.TempDir()
	if _, err := storeMatrix(dir, "p.npy", p); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "p.npy")
}

// Imported caches have no record of an encoder, but go together where their class embeddings are the same.
func TestMergeImportedSites(t *testing.T) {
	a, b := Site{"a", filepath.Join(t.TempDir(), "a")}, Site{"b", filepath.Join(t.TempDir(), "b")}
	in := arrays(t)
	if _, err := Import(a.Dir, in, nil); err != nil {
		t.Fatal(err)
	}
	in.Train, in.TrainLabels = in.Test, in.TestLabels
	if _, err := Import(b.Dir, in, nil); err != nil {
		t.Fatal(err)
	}
	dir, _ := merged(t, b, a)
	s, err := open(t, dir).Split("train")
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Files()
	clients, err2 := s.Clients()
	if errors.Join(err, err2) != nil || files != nil || len(clients) != 15 || clients[8] != "a" || clients[9] != "b" {
		t.Errorf("files %v, clients %q, %v, %v", files, clients, err, err2)
	}
}

// Wherever the work is cut short, no cache is there; done again, it is the same. A finished one is known.
func TestMergeSitesInterrupted(t *testing.T) {
	names := []string{"owl", "fox"}
	views := func(p *Contents) { p.Views = 1 }
	sites := []Site{
		place{name: "a", classes: names, train: 700, test: 300, change: views}.put(t),
		place{name: "b", classes: names, train: 2, test: 2, change: views}.put(t),
	}
	whole, _ := merged(t, sites...)
	want := content(t, whole)
	steps, out := 0, filepath.Join(t.TempDir(), "out")
	for stop := 1; ; stop++ {
		ctx, cancel := context.WithCancel(t.Context())
		steps = 0
		_, _, err := MergeSites(ctx, out, sites, map[string]string{"go": "y"}, func(done, total int) {
			if steps++; steps == stop {
				cancel()
			}
			if done > total || total != 702*2+302 {
				t.Errorf("%d of %d rows", done, total)
			}
		})
		cancel()
		if err == nil {
			break
		}
		left, _ := os.ReadDir(out)
		if !errors.Is(err, context.Canceled) || len(left) > 0 {
			t.Fatalf("stopped at step %d: %v, left %v", stop, err, left)
		}
	}
	if steps < 8 {
		t.Errorf("only %d steps", steps)
	}
	holds(t, "after interruptions", out, want)
	if _, _, err := MergeSites(t.Context(), out, sites, nil, nil); err != ErrComplete {
		t.Errorf("a second time: %v", err)
	}
	sites[1] = place{name: "b", classes: names, train: 3, test: 2, change: views}.put(t)
	if _, _, err := MergeSites(t.Context(), out, sites, nil, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("over another cache: %v", err)
	}
}

// A process that is killed leaves its lock and whole or torn files, at any of its steps; the next one begins anew.
func TestMergeSitesKilled(t *testing.T) {
	names := []string{"owl", "fox"}
	sites := []Site{
		place{name: "a", classes: names, train: 3, test: 2}.put(t),
		place{name: "b", classes: names, train: 2, test: 2}.put(t),
	}
	whole, _ := merged(t, sites...)
	want := content(t, whole)
	made := slices.DeleteFunc(slices.Clone(claimed), func(name string) bool { return want[name] == "" })
	if len(made)+1 != len(want) { // and the manifest
		t.Fatalf("%d of %d files are known to be a merge's", len(made), len(want))
	}
	for n := range len(made) + 1 {
		out := t.TempDir()
		for _, name := range append(made[:n:n], durable.LockFile, ".x.npy.1.tmp") {
			if err := os.WriteFile(filepath.Join(out, name), []byte("torn"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := MergeSites(t.Context(), out, sites, map[string]string{"go": "y"}, nil); err != nil {
			t.Fatal(err)
		}
		holds(t, fmt.Sprintf("killed after %d files", n), out, want)
	}
}
