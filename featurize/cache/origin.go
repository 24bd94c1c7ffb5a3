package cache

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
)

// Origin is where on this machine the images of a cache lie, and its encoder. It is kept in the user's folder for such
// things, beside the record of verified files, and never in the cache: that may be passed on, and paths are nobody
// else's business.
type Origin struct {
	Dir         string          `json:"folder"` // of the cache
	Fingerprint string          `json:"fingerprint"`
	Data        string          `json:"data"`            // the data set; empty: the labels are not its own
	Options     json.RawMessage `json:"options"`         // by which it was read
	Model       string          `json:"model,omitempty"` // the encoder's folder; empty: the built-in one
}

// Remember keeps where the images of the finished cache in dir lie, and the encoder; either may be empty. Options are
// stored as JSON. Where nothing can be kept, nothing is: that is no failure.
func Remember(dir, data, model string, options any) {
	path, abs, err := record("origins", dir)
	if err != nil {
		return
	}
	is, err := Fingerprint(dir)
	if err != nil { // a shard
		return
	}
	for _, path := range []*string{&data, &model} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return
		}
	}
	how, err := json.Marshal(options)
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	_ = durable.WriteSealed(path, Origin{abs, is, data, how, model})
}

// OriginOf is what was remembered of the cache in dir, if it is still the same one.
func OriginOf(dir string) (o Origin, ok bool) {
	path, abs, err := record("origins", dir)
	if err != nil {
		return o, false
	}
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &o) != nil || durable.CheckSeal(data) != nil || o.Dir != abs {
		return Origin{}, false
	}
	is, err := Fingerprint(dir)
	return o, err == nil && is == o.Fingerprint
}
