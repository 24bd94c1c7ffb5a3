package hub_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
)

// Test images of the hub's own count for the global model, as those do that no client of a simulation owns.
func TestOwnTestImages(t *testing.T) {
	f := newFederation(t, eval.ShareCounts)
	all := lab.Settings{"cache": f.path("all"), "partition_file": f.path("thinned.json")}
	f.thin(t)
	s, err := lab.Default().Spec(lab.Settings{"method": "zeroshot"}.Over(all))
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := lab.How{}.Cut(t.Context(), s, lab.Cutting{Out: f.path("thin"), Rest: f.path("rest")})
	if err != nil {
		t.Fatal(err)
	}
	if rest := pieces[len(pieces)-1]; rest.Manifest.Splits[1].Rows == 0 {
		t.Fatal("there are no test images for the hub")
	}
	f.cut = f.path("thin")
	f.open(t)
	given := given(12)
	if s, err = lab.Default().Spec(given.Over(all)); err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Run(t.Context(), s, f.path("sim"), lab.How{}); err != nil {
		t.Fatal(err)
	}
	j := f.job(t, given, f.path("hub"), f, lab.How{})
	if j.Test, err = cache.Map(f.path("rest")); err != nil {
		t.Fatal(err)
	}
	defer j.Test.Close()
	if err := runJob(t, j); err != nil {
		t.Fatal(err)
	}
	one, other := result(t, f.path("hub")), result(t, f.path("sim"))
	if asJSON(t, one.Last) != asJSON(t, other.Last) || asJSON(t, one.ZeroShot) != asJSON(t, other.ZeroShot) ||
		!reflect.DeepEqual(one.PerClass, other.PerClass) || asJSON(t, one.LastTen) != asJSON(t, other.LastTen) {
		t.Errorf("%s\n%s", asJSON(t, one.Last), asJSON(t, other.Last))
	}
}

// thin takes every third test image from its client.
func (f *federation) thin(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(f.path("partition.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p map[string]any
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	for _, c := range p["clients"].([]any) {
		shard := c.(map[string]any)
		var kept []any
		for i, row := range shard["test"].([]any) {
			if i%3 > 0 {
				kept = append(kept, row)
			}
		}
		shard["test"] = kept
	}
	if data, err = json.Marshal(p); err == nil {
		err = os.WriteFile(f.path("thinned.json"), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func result(t *testing.T, dir string) (r metric.Result) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
