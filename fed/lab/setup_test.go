package lab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/durable"
)

// TestEveryOption says what results depend on; here is what they do not: the ways to the same cache, partition and
// options.
func TestSameProvenance(t *testing.T) {
	b := newBench(t)
	if err := os.CopyFS(b.path("moved"), os.DirFS(b.path("cache"))); err != nil {
		t.Fatal(err)
	}
	base := b.base(lab.Settings{"method": "fedavg"})
	_, want := print(t, base)
	if !want.Recorded() || string(want.Options["lr"]) != "0.05" || want.Options["clients"] != nil ||
		want.Options["seed"] != nil {
		t.Errorf("%+v", want)
	}
	spec := mustSpec(t, lab.Default(), base)
	d, err := lab.Divide(spec)
	if err == nil {
		err = durable.WriteJSON(b.path("divided.json"), d.Partition)
	}
	if err != nil {
		t.Fatal(err)
	}
	read := lab.Settings{"partition_file": b.path("divided.json")}.Over(base)
	delete(read, "clients")
	delete(read, "imbalance")
	said := lab.Settings{}
	for _, f := range spec.Fields() {
		said[f.Name] = f.Value
	}
	said["preset"] = "released" // of which nothing is left
	for name, s := range map[string]lab.Settings{
		"another folder":   lab.Settings{"cache": b.path("moved")}.Over(base),
		"seed and label":   lab.Settings{"seed": 7, "label": "another"}.Over(base),
		"another preset":   said,
		"a partition read": read,
	} {
		if _, got := print(t, s); asJSON(t, got) != asJSON(t, want) {
			t.Errorf("%s: %s, want %s", name, asJSON(t, got), asJSON(t, want))
		}
	}
	zero := lab.Settings{"method": "zeroshot"}
	_, one := print(t, b.base(zero))
	if _, other := print(t, lab.Settings{"module": "gate"}.Over(b.base(zero))); asJSON(t, other) != asJSON(t, one) {
		t.Error("zero-shot depends on the module")
	}
}

// A run that an older program finished has the record after --resume, and the rest of its result as it was.
func TestResumeAddsProvenance(t *testing.T) {
	b := newBench(t)
	spec := mustSpec(t, lab.Default(), b.base(lab.Settings{"method": "fedavg"}))
	mustRun(t, spec, b.path("run"), lab.How{})
	path := filepath.Join(b.path("run"), "result.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(whole, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cache_fingerprint", "partition_sha256", "spec_sha256", "options", "seal"} {
		if fields[name] == nil {
			t.Errorf("result.json lacks %s", name)
		}
		delete(fields, name)
	}
	if err := durable.WriteJSON(path, fields); err != nil {
		t.Fatal(err)
	}
	f, err := lab.Default().Open(b.path("run"))
	if err != nil || f.Result.Recorded() {
		t.Fatalf("%v, %v", f, err)
	}
	if _, err := lab.Run(context.Background(), spec, b.path("run"), lab.How{Resume: true}); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("another result.json than before: %v", err)
	}
}
