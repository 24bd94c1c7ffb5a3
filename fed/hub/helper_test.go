package hub_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/fedtest"
)

// write makes a cache of a problem.
func write(t testing.TB, p *fedtest.Problem, dir string) {
	t.Helper()
	plan := cache.Contents{LogitScale: cache.LogitScale{Value: float64(p.Head.Scale), Source: "option"},
		Dim: fedtest.Dim, DType: "<f4", Data: &cache.DataInfo{}}
	for c := range fedtest.Classes {
		plan.Classes = append(plan.Classes, fmt.Sprintf("class %d", c))
	}
	splits := map[string]*fedtest.Memory{"train": p.Train, "test": p.Test}
	files := map[string][]string{}
	for _, name := range []string{"train", "test"} {
		m := splits[name]
		list, err := cache.List(name, m.Len(), func(i int) (string, int32, error) {
			file := fmt.Sprintf("%s-%04d.jpg", name, i)
			files[name] = append(files[name], file)
			return file, m.Y[i], nil
		})
		if err != nil {
			t.Fatal(err)
		}
		plan.Splits = append(plan.Splits, list)
	}
	w, err := cache.Create(dir, plan, cache.Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() // finished or of no use
	for _, name := range []string{"train", "test"} {
		m := splits[name]
		if err := w.WritePart(cache.Part{Split: name, Features: m.X, Files: files[name], Labels: m.Y}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.PutText(p.Head.Text); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}
