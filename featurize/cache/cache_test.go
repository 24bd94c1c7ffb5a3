package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

const dim, classes = 5, 3

func testContents(train, test int, dt npy.DType) Contents {
	p := Contents{
		Classes:    []string{"a cat", "señor", "c"},
		Templates:  []string{"a photo of a {}."},
		LogitScale: LogitScale{100, "default"},
		Dim:        dim,
		DType:      dt,
		Model: ModelInfo{
			Name:       "m",
			Layout:     "hf-split",
			Files:      map[string]string{"f": "00"},
			Preprocess: json.RawMessage(`{}`),
		},
	}
	for _, s := range []struct {
		name string
		n    int
	}{{"train", train}, {"test", test}} {
		split, err := List(s.name, s.n, func(i int) (string, int32, error) {
			return file(s.name, i), int32(i % classes), nil
		})
		if err != nil {
			panic(err)
		}
		p.Splits = append(p.Splits, split)
	}
	return p
}

func file(split string, i int) string { return fmt.Sprintf("%s/x/%05d.jpg", split, i) }

// value is feature j of image i of a split, the same whenever it is computed.
func value(split string, i, j int) float32 { return float32(len(split)*1000+i) + float32(j)/8 }

var texts = f32.Of(classes, dim, []float32{3, 4, 0, 0, 0, 0, 0, 2, 0, 0, 1, 1, 1, 1, 0})

// fill does the parts of a shard that are missing, all but the last stop of them; image 7 of train is skipped.
func fill(t testing.TB, w *Writer, p Contents, shard Shard, stop int) {
	t.Helper()
	var todo []Part
	number := 0
	for _, s := range p.Splits {
		for index := range p.Parts(s.Rows) {
			number++
			if w.Done(s.Name, index, true) || !shard.Has(number-1) {
				continue
			}
			part := Part{Split: s.Name, Index: index}
			var data, tokens []float32
			for i := index * p.PartRows(); i < min((index+1)*p.PartRows(), s.Rows); i++ {
				if s.Name == "train" && i == 7 {
					part.Skipped = append(part.Skipped, Skip{file(s.Name, i), "broken"})
					continue
				}
				part.Files, part.Labels = append(part.Files, file(s.Name, i)), append(part.Labels, int32(i%classes))
				if s.Clients != "" {
					part.Clients = append(part.Clients, site(i))
				}
				for view := range 1 + p.ViewsOf(s.Name) {
					for j := range p.columns() {
						data = append(data, value(s.Name, i, j)+1000*float32(view))
					}
					if p.Tokens != nil {
						for j := range p.Tokens.Columns() {
							tokens = append(tokens, token(i, view, j))
						}
					}
				}
			}
			part.Features = f32.Of(len(part.Files), (1+p.ViewsOf(s.Name))*p.columns(), data)
			if p.Tokens != nil {
				part.Tokens = f32.Of(len(part.Files), (1+p.ViewsOf(s.Name))*p.Tokens.Columns(), tokens)
			}
			todo = append(todo, part)
		}
	}
	if shard.First() && !w.HasText() {
		if err := w.PutText(texts); err != nil {
			t.Fatal(err)
		}
	}
	if shard.First() && !w.HasThumbs() {
		if err := w.PutThumbs(pictured(t, p)); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range todo[:len(todo)-stop] {
		if err := w.WritePart(part); err != nil {
			t.Fatal(err)
		}
	}
}

func fresh(t testing.TB, p Contents) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache")
	w, err := Create(dir, p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fill(t, w, p, Shard{}, 0)
	if _, err := w.Finish(context.Background(), map[string]string{"go": "x"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string) *Cache {
	t.Helper()
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRoundTrip(t *testing.T) {
	for _, dt := range []npy.DType{"<f4", "<f2"} {
		c := open(t, fresh(t, testContents(2*PartRows+10, 12, dt)))
		if err := c.Verify(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		for i := range classes {
			if n := f32.Norm(c.Text.Row(i)); math.Abs(n-1) > 1e-6 {
				t.Errorf("text row %d has length %v", i, n)
			}
		}
		s, err := c.Split("train")
		if err != nil {
			t.Fatal(err)
		}
		if s.Len() != 2*PartRows+9 || s.Dim() != dim || len(s.Info().Skipped) != 1 {
			t.Fatalf("%d rows of %d, skipped %v", s.Len(), s.Dim(), s.Info().Skipped)
		}
		files, err := s.Files()
		if err != nil {
			t.Fatal(err)
		}
		x := f32.New(3, dim)
		rows := []int{0, 7, PartRows + 4} // behind the skipped image, rows are one less than images
		if err := s.Gather(x, rows); err != nil {
			t.Fatal(err)
		}
		for k, image := range []int{0, 8, PartRows + 5} {
			tolerance := 0.0
			if dt == "<f2" {
				tolerance = 4
			}
			if d := math.Abs(float64(x.Row(k)[1] - value("train", image, 1))); d > tolerance {
				t.Errorf("%s row %d holds %v", dt, rows[k], x.Row(k))
			}
			if files[rows[k]] != fmt.Sprintf("train/x/%05d.jpg", image) || s.Labels()[rows[k]] != int32(image%classes) {
				t.Errorf("row %d is %s with label %d", rows[k], files[rows[k]], s.Labels()[rows[k]])
			}
		}
		if _, err := c.Split("val"); fault.KindOf(err) != fault.Missing ||
			!strings.Contains(err.Error(), "train, test") {
			t.Errorf("unknown split: %v", err)
		}
	}
}

// content reads all files of a cache but the manifest's versions.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(data)
	}
	return all
}

// holds checks that a cache has the content that is wanted, and nothing else.
func holds(t *testing.T, what, dir string, want map[string]string) {
	t.Helper()
	got := content(t, dir)
	for name := range want {
		if got[name] != want[name] {
			t.Fatalf("%s: %s differs", what, name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: left behind: %d files, want %d", what, len(got), len(want))
	}
}

// An interrupted writer leaves a journal that may be torn anywhere; resuming gives the same cache, byte for byte.
func TestResume(t *testing.T) {
	p := testContents(3*PartRows, 20, "<f4")
	p.Thumbnails = 2
	want := content(t, fresh(t, p))
	base := filepath.Join(t.TempDir(), "base")
	w, err := Create(base, p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, w, p, Shard{}, 1)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(base); fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("open unfinished work: %v", err)
	}
	journal := filepath.Join(base, partsDir, "journal.jsonl")
	whole, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(whole); n += 1 + len(whole)/23 {
		dir := filepath.Join(t.TempDir(), "again")
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, partsDir, "journal.jsonl"), whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		w, err := Create(dir, p, Shard{}, true)
		if err != nil {
			t.Fatalf("journal cut to %d of %d bytes: %v", n, len(whole), err)
		}
		if n == len(whole) && !w.Done("train", 0, true) {
			t.Error("a finished part is forgotten")
		}
		fill(t, w, p, Shard{}, 0)
		if _, err := w.Finish(context.Background(), map[string]string{"go": "x"}); err != nil {
			t.Fatal(err)
		}
		w.Close()
		holds(t, fmt.Sprintf("journal cut to %d bytes", n), dir, want)
	}
}

func TestCreateRefuses(t *testing.T) {
	p := testContents(4, 4, "<f4")
	done := fresh(t, p)
	if _, err := Create(done, p, Shard{}, false); fault.KindOf(err) != fault.Usage {
		t.Errorf("over a finished cache: %v", err)
	}
	if _, err := Create(done, p, Shard{}, true); !errors.Is(err, ErrComplete) {
		t.Errorf("resume of a finished cache: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "x")
	w, err := Create(dir, p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, p, Shard{}, true); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("two writers: %v", err)
	}
	w.Close()
	if _, err := Create(dir, p, Shard{}, false); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "--resume") {
		t.Errorf("unfinished work without resume: %v", err)
	}
	other := testContents(5, 4, "<f4")
	if _, err := Create(dir, other, Shard{}, true); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "differ") {
		t.Errorf("resume under another contents: %v", err)
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(full, p, Shard{}, false); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("a folder in use: %v", err)
	}
}

// Every file cut short, and every file with one byte changed, is noticed: at once or by Verify.
func TestDamage(t *testing.T) {
	p := testContents(20, 10, "<f4")
	p.Thumbnails = 1
	dir := fresh(t, p)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	check := func() error {
		c, err := Open(dir)
		if err != nil {
			return err
		}
		defer c.Close()
		return c.Verify(context.Background(), nil)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(good); n += 1 + len(good)/61 {
			if err := os.WriteFile(path, good[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			if err := check(); err == nil && strings.TrimSpace(string(good[n:])) != "" {
				t.Fatalf("%s cut to %d of %d bytes passes", e.Name(), n, len(good))
			}
			if e.Name() == ManifestFile {
				continue // its free text may change
			}
			flipped := slices.Clone(good)
			flipped[n] ^= 0x41
			if err := os.WriteFile(path, flipped, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := check(); fault.KindOf(err) != fault.Mismatch && fault.KindOf(err) != fault.Corrupt {
				t.Fatalf("%s with byte %d changed: %v", e.Name(), n, err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := check(); fault.KindOf(err) != fault.Missing {
			t.Errorf("%s missing: %v", e.Name(), err)
		}
		if err := os.WriteFile(path, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	edited := strings.Replace(content(t, dir)[ManifestFile], `"value": 100`, `"value": 10`, 1)
	if err := os.WriteFile(filepath.Join(dir, ManifestFile), []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := check(); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("edited logit scale: %v", err)
	}
	escaped := strings.Replace(content(t, dir)[ManifestFile], `"text.features.npy"`, `"../text.features.npy"`, 1)
	if err := os.WriteFile(filepath.Join(dir, ManifestFile), []byte(escaped), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := check(); err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("a path that escapes: %v", err)
	}
}

func TestWritePartRefusesWhatDoesNotFit(t *testing.T) {
	p := testContents(1, 1, "<f2")
	w, err := Create(filepath.Join(t.TempDir(), "c"), p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, v := range []float32{70000, float32(math.NaN()), float32(math.Inf(-1))} {
		if err := w.WritePart(Part{
			Split:    "train",
			Features: f32.Of(1, dim, []float32{v, 0, 0, 0, 0}),
			Files:    []string{"x"},
			Labels:   []int32{0},
		}); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("%v as float16: %v", v, err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	good, err := os.ReadFile(filepath.Join(fresh(f, testContents(4, 4, "<f4")), ManifestFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":1,"classes":["a","b"],"dim":-1}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, ManifestFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil {
			t.Error("a manifest without arrays opens")
		}
	})
}

// testParts is the number of parts of a split without tokens.
func testParts(rows int) int { return Contents{}.Parts(rows) }
