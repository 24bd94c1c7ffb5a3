package cache

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// token is column j of the tokens of a view of image i: a number that float16 holds.
func token(i, view, j int) float32 { return float32(i%100) + float32(view)/2 - float32(j)/16 }

// tokened are contents with tokens of so many blocks, and views.
func tokened(train, test, blocks, views int) Contents {
	p := testContents(train, test, "<f2")
	p.Tokens, p.Views = &TokensInfo{Blocks: blocks, Length: 3, Width: 4}, views
	return p
}

// Tokens come back as they were written, plain and in views, behind skipped images too; of one block a row has the
// class token's state more.
func TestTokens(t *testing.T) {
	for blocks, columns := range map[int]int{1: 16, 2: 12} {
		p := tokened(200, 10, blocks, 2)
		if got := p.TokenBytes(); got != int64((200*3+10)*columns*2) {
			t.Errorf("%d blocks take %d bytes", blocks, got)
		}
		c := open(t, fresh(t, p))
		s, err := c.Split("train")
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := s.Tokens()
		if err != nil || tokens.Dim() != columns || tokens.Len() != 199 || tokens.Views() != 2 {
			t.Fatal(tokens, err)
		}
		x := f32.New(4, columns)
		rows, images, views := []int{0, 7, 42, 198}, []int{0, 8, 43, 199}, []int{0, 2, 1, 2}
		if err := tokens.GatherViews(x, rows, views); err != nil {
			t.Fatal(err)
		}
		for k, i := range images {
			for j, v := range x.Row(k) {
				if v != token(i, views[k], j) {
					t.Fatalf("%d blocks, image %d, view %d, column %d: %v", blocks, i, views[k], j, v)
				}
			}
		}
		if err := c.Verify(context.Background(), nil); err != nil {
			t.Error(err)
		}
	}
	c := open(t, fresh(t, testContents(20, 10, "<f4")))
	s, err := c.Split("test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tokens(); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "--tokens N") {
		t.Error(err)
	}
}

// Work that was stopped goes on; a part whose tokens are damaged or gone is made again; the cache is the one that was
// never stopped.
func TestTokensResume(t *testing.T) {
	p := tokened(400, 130, 2, 0)
	want := content(t, fresh(t, p))
	for name, harm := range map[string]func(path string) error{
		"whole":   func(string) error { return nil },
		"gone":    os.Remove,
		"damaged": func(path string) error { return os.Truncate(path, 200) },
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		w, err := Create(dir, p, Shard{}, false)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, w, p, Shard{}, 2)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := harm(filepath.Join(dir, tokensFile("train", 1))); err != nil {
			t.Fatal(err)
		}
		if w, err = Create(dir, p, Shard{}, true); err != nil {
			t.Fatal(err)
		}
		if w.Done("train", 1, true) != (name == "whole") || !w.Done("train", 0, true) {
			t.Errorf("%s: parts that are done are not those that are whole", name)
		}
		fill(t, w, p, Shard{}, 0)
		if _, err := w.Finish(context.Background(), map[string]string{"go": "x"}); err != nil {
			t.Fatal(err)
		}
		holds(t, name, dir, want)
	}
}

// Shards make the same cache, whose files are theirs, linked.
func TestTokensMerge(t *testing.T) {
	p := tokened(400, 130, 1, 0)
	want := content(t, fresh(t, p))
	dirs := shards(t, p, 3)
	out := filepath.Join(t.TempDir(), "merged")
	if _, _, err := Merge(context.Background(), out, dirs, nil); err != nil {
		t.Fatal(err)
	}
	holds(t, "merged", out, want)
}

// A value beyond float16 is refused by its image.
func TestTokensBeyondHalf(t *testing.T) {
	p := tokened(20, 10, 1, 0)
	w, err := Create(filepath.Join(t.TempDir(), "cache"), p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, v := range []float32{70000, float32(math.NaN())} {
		part := Part{
			Split: "test", Features: f32.New(1, dim), Tokens: f32.New(1, 16),
			Files: []string{"a.jpg"}, Labels: []int32{0},
		}
		part.Tokens.Data[5] = v
		err := w.WritePart(part)
		if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "a.jpg") {
			t.Errorf("%v: %v", v, err)
		}
	}
}

// Files that do not hold what the manifest says are refused.
func TestTokensOfAnotherShape(t *testing.T) {
	dir := fresh(t, tokened(20, 10, 1, 0))
	path := filepath.Join(dir, ManifestFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for old, other := range map[string]string{
		`"length": 3`: `"length": 5`, `"blocks": 1`: `"blocks": 2`, `"tokens": {`: `"others": {`,
	} {
		changed := strings.Replace(string(data), old, other, 1)
		if changed == string(data) {
			t.Fatalf("no %s in the manifest", old)
		}
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Map(dir); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("%s for %s: %v", other, old, err)
		}
	}
}
