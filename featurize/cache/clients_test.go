package cache

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// site is the client of image i.
func site(i int) string { return []string{"New York", "", "Zürich", "New York"}[i/5%4] }

// ownedContents are contents with clients in the training split.
func ownedContents(train, test int) Contents {
	p := testContents(train, test, "<f4")
	var owners Owners
	for i := range train {
		owners.Add(site(i))
	}
	p.Splits[0].Clients = owners.Sum()
	return p
}

// Clients are as many as rows, in their order, in a cache that is made at once, in shards, or after interruptions.
func TestClients(t *testing.T) {
	p := ownedContents(2*PartRows+5, 10)
	dir := fresh(t, p)
	c := open(t, dir)
	got, err := c.splits[0].Clients()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 2*PartRows + 5 {
		if i != 7 { // it is skipped
			want = append(want, site(i))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("clients %q", got[:20])
	}
	if got, err := c.splits[1].Clients(); got != nil || err != nil || c.splits[1].info.Clients != nil {
		t.Errorf("test images are %q's, %v", got, err)
	}
	all := content(t, dir)
	merged := filepath.Join(t.TempDir(), "merged")
	if _, _, err := Merge(t.Context(), merged, shards(t, p, 2), nil); err != nil {
		t.Fatal(err)
	}
	holds(t, "shards", merged, all)

	again := filepath.Join(t.TempDir(), "again")
	begin(t, again, p)
	lost := filepath.Join(again, partsDir, "train.00000.clients.txt")
	if err := os.WriteFile(lost, []byte("other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := Create(again, p, Shard{}, true)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if w.Done("train", 0, true) || !w.Done("train", 1, true) {
		t.Error("a part whose clients are damaged counts as done, or another does not")
	}
	fill(t, w, p, Shard{}, 0)
	if _, err := w.Finish(t.Context(), map[string]string{"go": "x"}); err != nil {
		t.Fatal(err)
	}
	holds(t, "resumed", again, all)

	if err := os.WriteFile(filepath.Join(dir, "train.clients.txt"), []byte("x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("damaged clients: %v", err)
	}
}

// begin leaves unfinished work: all parts but the last.
func begin(t *testing.T, dir string, p Contents) {
	t.Helper()
	w, err := Create(dir, p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, w, p, Shard{}, 1)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// Contents without clients are those of programs that knew none, so that their work can be resumed; with clients they
// are others.
func TestClientsAreContents(t *testing.T) {
	const before = "1e46d041b6e1d5f9c29f7ae181ec5e9c768c1da619e26d3501f5e06544fb38f6"
	if got := testContents(3, 2, "<f4").hash(); got != before {
		t.Errorf("contents without clients hash to %s", got)
	}
	plain, owned := testContents(PartRows+5, 10, "<f4"), ownedContents(PartRows+5, 10)
	dir := filepath.Join(t.TempDir(), "cache")
	begin(t, dir, plain)
	if _, err := Create(dir, owned, Shard{}, true); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "cannot resume") {
		t.Errorf("resumed with clients: %v", err)
	}
	for name, data := range content(t, fresh(t, plain)) {
		if strings.Contains(name, "client") || strings.Contains(data, "lients") {
			t.Errorf("%s of a cache without clients speaks of them", name)
		}
	}
}

// Where all images of clients were skipped, there is nothing to say.
func TestNoClientLeft(t *testing.T) {
	p := testContents(3, 2, "<f4")
	var owners Owners
	for _, client := range []string{"x", "", ""} {
		owners.Add(client)
	}
	p.Splits[0].Clients = owners.Sum()
	dir := filepath.Join(t.TempDir(), "cache")
	w, err := Create(dir, p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.PutText(texts); err != nil {
		t.Fatal(err)
	}
	two := func(split string) Part {
		return Part{
			Split: split, Files: []string{"a", "b"}, Labels: []int32{1, 2}, Clients: []string{"", ""},
			Features: f32.New(2, dim),
		}
	}
	train, test := two("train"), two("test")
	train.Skipped = []Skip{{"c", "broken"}}
	for _, part := range []Part{train, test} {
		if err := w.WritePart(part); err != nil {
			t.Fatal(err)
		}
	}
	m, err := w.Finish(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "train.clients.txt")); err == nil || m.Splits[0].Clients != nil {
		t.Error("there is a file of clients")
	}
}
