package featurize

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// identityOf makes the identity of a data set's cache.
func identityOf(t *testing.T, root string, o Options) *cache.Identity {
	t.Helper()
	whole, dir := filepath.Join(t.TempDir(), "reference"), filepath.Join(t.TempDir(), "identity")
	if _, err := run(t, root, whole, encoder(t), o); err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Share(dir, nil); err != nil {
		t.Fatal(err)
	}
	id, err := cache.OpenIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = id.Close() })
	return id
}

// runLike is run by an identity.
func runLike(t *testing.T, root, out string, id *cache.Identity, o Options) (*Report, string, error) {
	t.Helper()
	set, err := all.Open(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	like, notice, err := Like(set, id)
	if err != nil {
		return nil, "", err
	}
	o.Like, o.Templates = id, nil
	r, err := Run(t.Context(), like, tinyModel(t), encoder(t), out, o)
	return r, notice, err
}

// A cache like an identity has its classes in its order and its embeddings to the bit, whatever classes the data set
// has of them and however it spells them.
func TestLike(t *testing.T) {
	root, dir := images(t, 4), t.TempDir()
	each := func(do func(folder string) error) {
		for _, split := range []string{"train", "test"} {
			if err := do(filepath.Join(root, split)); err != nil {
				t.Fatal(err)
			}
		}
	}
	each(func(in string) error {
		return os.CopyFS(filepath.Join(in, "kind_2"), os.DirFS(filepath.Join(in, "kind_1")))
	})
	id := identityOf(t, root, options())
	classes := id.Manifest.Classes
	each(func(in string) error { return os.RemoveAll(filepath.Join(in, "kind_0")) })
	each(func(in string) error { return os.Rename(filepath.Join(in, "kind_1"), filepath.Join(in, "KIND-x")) })
	if _, _, err := runLike(t, root, filepath.Join(dir, "a"), id, options()); err == nil ||
		fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "the identity has no class") {
		t.Errorf("a class that the identity lacks: %v", err)
	}
	each(func(in string) error { return os.Rename(filepath.Join(in, "KIND-x"), filepath.Join(in, "Kind 1")) })
	out := filepath.Join(dir, "b")
	r, notice, err := runLike(t, root, out, id, options())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Manifest.Classes, classes) || r.Manifest.Text.SHA256 != id.Manifest.Text.SHA256 ||
		!slices.Equal(r.Manifest.Templates, id.Manifest.Templates) {
		t.Errorf("%q, %+v", r.Manifest.Classes, r.Manifest)
	}
	if !strings.Contains(notice, "no images of") || !strings.Contains(notice, classes[0]) {
		t.Errorf("notice %q", notice)
	}
	c, err := cache.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Split("train")
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	for i, y := range s.Labels() {
		if name := folded(filepath.Base(filepath.Dir(files[i]))); name != classes[y] {
			t.Errorf("%s is of %q", files[i], classes[y])
		}
	}
}

// What an identity's cache would differ in is refused before anything is embedded.
func TestUnlike(t *testing.T) {
	root := images(t, 4)
	id := identityOf(t, root, options())
	out := filepath.Join(t.TempDir(), "cache")
	for want, change := range map[string]func(o *Options){
		"different prompts":  func(o *Options) { o.Templates = []string{"a drawing of {}"} },
		"not the same views": func(o *Options) { o.Views = 3 },
		"tokenized":          func(o *Options) { o.Mode = "hf" },
	} {
		o := options()
		o.Templates, o.Like = nil, id
		change(&o)
		e := encoder(t)
		if _, err := run(t, root, out, e, o); err == nil || !strings.Contains(err.Error(), want) ||
			fault.KindOf(err) != fault.Mismatch || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: something is written", want)
		}
	}
	other := *id.Manifest.Model
	other.Files = maps.Clone(other.Files)
	other.Files["vision.onnx"] = "0"
	id.Manifest.Model = &other
	o := options()
	o.Templates, o.Like = nil, id
	if _, err := run(t, root, out, encoder(t), o); err == nil || !strings.Contains(err.Error(), "vision.onnx differ") {
		t.Errorf("another model: %v", err)
	}
}
