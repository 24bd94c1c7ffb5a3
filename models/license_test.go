package models_test

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/modelstest"
)

// The license of the weights comes from the model's own file, or else from the record of what was fetched, which is no
// file of the model.
func TestLicense(t *testing.T) {
	plain := modelstest.Cases()[0]
	described := func(files map[string]string) *models.Model {
		t.Helper()
		folder := maps.Clone(plain.FS)
		for name, text := range files {
			folder[name] = &fstest.MapFile{Data: []byte(text)}
		}
		m, err := models.Open(models.Folder{FS: folder, Name: "m"}, models.Options{Preprocess: plain.Preset})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for want, files := range map[string]map[string]string{
		"":           {"fedpurel.lock.json": "{"},
		"MIT":        {"fedpurel.lock.json": `{"license": "MIT"}`},
		"Apache-2.0": {"fedpurel.lock.json": `{"license": "MIT"}`, "fedpurel.json": `{"license": "Apache-2.0"}`},
	} {
		m := described(files)
		if m.License != want {
			t.Errorf("license %q, want %q", m.License, want)
		}
		hashes, err := m.Hash(t.Context())
		if err != nil || slices.Contains(slices.Collect(maps.Keys(hashes)), "fedpurel.lock.json") {
			t.Errorf("%v: hashes of %v", err, hashes)
		}
	}
}
