package pictures

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/cache/thumbs"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/f32"
)

// of makes a cache of a folder with two classes of one image in each split.
func of(t *testing.T, thumbnails int) (dir string, m *cache.Manifest, data string) {
	t.Helper()
	dir, data = filepath.Join(t.TempDir(), "cache"), t.TempDir()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	model, err := models.Open(tiny.Folder(), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	prepare, err := json.Marshal(model.Preprocess)
	if err != nil {
		t.Fatal(err)
	}
	p := cache.Contents{
		Classes: []string{"a", "b"}, Templates: []string{"{}"}, LogitScale: cache.LogitScale{Value: 1}, Dim: 2,
		DType: "<f4", Thumbnails: thumbnails, Model: cache.ModelInfo{Preprocess: prepare},
	}
	names := map[string][]string{}
	for _, split := range []string{"train", "test"} {
		for _, class := range p.Classes {
			name := split + "/" + class + "/0.png"
			names[split] = append(names[split], name)
			path := filepath.Join(data, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p.Splits = append(p.Splits, cache.SplitContents{Name: split, Rows: 2})
	}
	w, err := cache.Create(dir, p, cache.Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	unit := f32.Of(2, 2, []float32{1, 0, 0, 1})
	if err := w.PutText(unit); err != nil {
		t.Fatal(err)
	}
	if !w.HasThumbs() {
		jpeg, err := pixel.Thumbnail(&pixel.RGB{W: 3, H: 3, Pix: make([]byte, 27)}, thumbs.Side)
		if err == nil {
			err = w.PutThumbs(func(p *thumbs.Pile) error { return p.Put(1, names["test"][1], jpeg) })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for split, files := range names {
		part := cache.Part{Split: split, Features: unit, Files: files, Labels: []int32{0, 1}}
		if err := w.WritePart(part); err != nil {
			t.Fatal(err)
		}
	}
	if m, err = w.Finish(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return dir, m, data
}

// Pictures come from the cache, else from the data set, else from nowhere; why is said without a path.
func TestAlbum(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, home)
	}
	there := func(what string, a *Album, want ...bool) {
		t.Helper()
		defer a.Close()
		if (a.Source != nil) != (want != nil) || strings.ContainsAny(a.Missing, `/\`) {
			t.Fatalf("%s: %+v", what, a)
		}
		for row, want := range want {
			if _, _, ok, err := a.Picture(row); ok != want || err != nil {
				t.Errorf("%s: row %d: %v, %v", what, row, ok, err)
			}
		}
	}
	dir, m, _ := of(t, 8)
	a := OpenAlbum(dir, m.Fingerprint)
	there("thumbnails", a, false, true)
	if a.PerClass != 8 {
		t.Errorf("%+v", a)
	}
	if a := OpenAlbum(dir, "another"); !strings.Contains(a.Missing, "another one") || a.Source != nil {
		t.Errorf("%+v", a)
	}
	if err := os.WriteFile(filepath.Join(dir, "test.thumbs.zip"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if a := OpenAlbum(dir, m.Fingerprint); !strings.Contains(a.Missing, "damaged") || a.Source != nil {
		t.Errorf("%+v", a)
	}

	dir, m, data := of(t, 0)
	there("nothing", OpenAlbum(dir, m.Fingerprint))
	featurization{out: dir, data: data, set: dataset.DefaultOptions()}.remember()
	there("the data set", OpenAlbum(dir, m.Fingerprint), true, true)
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	there("the data set is gone", OpenAlbum(dir, m.Fingerprint))
	if a := OpenAlbum(dir+"x", m.Fingerprint); !strings.Contains(a.Missing, "not at its place") {
		t.Errorf("%+v", a)
	}
}
