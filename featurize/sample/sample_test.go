package sample

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// tree reads all files below dir.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, dir string, o Options) map[string]string {
	t.Helper()
	if err := Write(t.Context(), dir, o, nil); err != nil {
		t.Fatal(err)
	}
	return tree(t, dir)
}

// The files depend on the seed alone: not on the workers, nor on how many pictures there are beside them.
func TestSameBytes(t *testing.T) {
	root := t.TempDir()
	a := write(t, filepath.Join(root, "a"), Options{Train: 2, Test: 1, Seed: 7, Workers: 1})
	b := write(t, filepath.Join(root, "b"), Options{Train: 1, Test: 1, Seed: 7, Workers: 3})
	other := write(t, filepath.Join(root, "c"), Options{Train: 1, Test: 1, Seed: 8, Workers: 3})
	if want := GuideSize*3 + 4; len(a) != want {
		t.Errorf("%d files, not %d", len(a), want)
	}
	pictures := 0
	for name, data := range b {
		if !strings.HasPrefix(name, "t") {
			continue // README.txt says how many there are, and the overview is tested by eye
		}
		if pictures++; a[name] != data {
			t.Errorf("%s differs", name)
		}
		if other[name] == data {
			t.Errorf("%s is the same for another seed", name)
		}
	}
	if pictures != 2*GuideSize {
		t.Errorf("%d pictures", pictures)
	}
}

// Every file is a picture that the standard library decodes, and its folder has a name in classnames.txt.
func TestFilesAreReal(t *testing.T) {
	files := write(t, filepath.Join(t.TempDir(), "set"), Options{Train: 10, Test: 1, Seed: 1})
	kinds := map[string]int{}
	for name, data := range files {
		if ext := filepath.Ext(name); ext == ".txt" || ext == ".json" || name == "overview.png" {
			continue
		}
		img, kind, err := image.Decode(strings.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kinds[kind]++
		if size := img.Bounds().Size(); size.X < 64 || size.Y < 64 || size.X > 512 || size.Y > 512 {
			t.Errorf("%s is %v", name, size)
		}
		if !strings.Contains(files["classnames.txt"], filepath.Base(filepath.Dir(name))+" ") {
			t.Errorf("%s: no such class in classnames.txt", name)
		}
	}
	if kinds["png"] != GuideSize || kinds["jpeg"] != 10*GuideSize {
		t.Errorf("%v", kinds)
	}
}

// The guide and what pre-training sees divide all combinations: no class of the data set was ever seen.
func TestSpeciesDivide(t *testing.T) {
	seen := map[Species]bool{}
	for _, s := range append(Guide(), Others()...) {
		if seen[s] {
			t.Errorf("%s twice", s.Name())
		}
		seen[s] = true
	}
	if all := len(Shapes) * len(Patterns) * len(Colours); len(seen) != all || len(Guide()) != GuideSize {
		t.Errorf("%d of %d combinations, %d in the guide", len(seen), all, len(Guide()))
	}
	var shapes [8]int
	for _, s := range Guide() {
		shapes[s.Shape]++
	}
	if shapes != [8]int{6, 6, 6, 6, 6, 6, 6, 6} {
		t.Errorf("shapes: %v", shapes)
	}
}

func TestPictureIsAFunction(t *testing.T) {
	first, station := Picture(1, 0, 3, 0)
	again, same := Picture(1, 0, 3, 0)
	if !bytes.Equal(first.Pix, again.Pix) || station != same {
		t.Error("a picture is not a function of its arguments")
	}
	for _, other := range [][3]int{{1, 3, 0}, {0, 4, 0}, {0, 3, 1}} {
		if img, _ := Picture(1, other[0], other[1], other[2]); bytes.Equal(first.Pix, img.Pix) {
			t.Errorf("split, class, index %v shows the same", other)
		}
	}
}

func TestOtherDataIsSafe(t *testing.T) {
	o := Options{Train: 1, Test: 1, Seed: 1}
	set := filepath.Join(t.TempDir(), "set")
	want := write(t, set, o)
	if err := os.RemoveAll(filepath.Join(set, "test")); err != nil {
		t.Fatal(err)
	}
	if got := write(t, set, o); len(got) != len(want) {
		t.Errorf("rendered again: %d files, not %d", len(got), len(want))
	}
	o.Seed = 2
	if err := Write(t.Context(), set, o, nil); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "--out") {
		t.Errorf("another seed into the same folder: %v", err)
	}
	mine := t.TempDir()
	if err := os.WriteFile(filepath.Join(mine, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), mine, o, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("a folder with other files: %v", err)
	}
	if err := Write(t.Context(), t.TempDir(), Options{Train: 0, Test: 1}, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("no pictures: %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	o := Options{Train: 50, Test: 50, Seed: 1, Workers: 1}
	err := Write(ctx, filepath.Join(t.TempDir(), "set"), o, func(done, total int) {
		if seen = done; done == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || seen != 5 {
		t.Errorf("%d pictures, %v", seen, err)
	}
}

// The set is known by its marker, which is no file that lies about; a file of that name with other content is none.
func TestKnown(t *testing.T) {
	root := filepath.Join(t.TempDir(), "set")
	write(t, root, Options{Train: 1, Test: 1, Seed: 1})
	for _, want := range []string{Name, ""} {
		set, err := all.Open(root, dataset.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		about := set.About()
		if about.Name != want || slices.ContainsFunc(about.Notes, func(n string) bool {
			return strings.Contains(n, MarkerFile)
		}) {
			t.Errorf("%q, not %q; notes %q", about.Name, want, about.Notes)
		}
		if err := set.Close(); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(root, MarkerFile), []byte(`{"format":"other"}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
