package cache

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
)

// Origin is where on this machine the images of a cache lie. It is kept in the user's folder for such things, beside
// the record of verified files, and never in the cache: that may be passed on, and paths are nobody else's business.
type Origin struct {
	Dir         string          `json:"folder"` // of the cache
	Fingerprint string          `json:"fingerprint"`
	Data        string          `json:"data"`    // the data set's folder or file
	Options     json.RawMessage `json:"options"` // by which it was read
}

// Remember keeps where the images of the finished cache in dir lie; options are stored as JSON. Where nothing can be
// kept, nothing is: that is no failure.
func Remember(dir, data string, options any) {
	path, abs, err := record("origins", dir)
	if err != nil {
		return
	}
	is, err := Fingerprint(dir)
	if err != nil { // a shard
		return
	}
	if data, err = filepath.Abs(data); err != nil {
		return
	}
	how, err := json.Marshal(options)
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	_ = durable.WriteSealed(path, Origin{abs, is, data, how})
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
