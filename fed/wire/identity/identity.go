// Package identity says of caches what the sites of a federation must share: here meets the wire the cache.
package identity

import (
	"bytes"
	"encoding/json"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Of is the identity of a cache, or of an identity's folder.
func Of(c *cache.Cache) wire.Identity {
	m := c.Manifest
	id := wire.Identity{
		Classes: m.Classes, Text: m.Text.SHA256, LogitScale: m.LogitScale.Value, Dim: m.Dim, Width: m.Width,
		Views: m.Views,
	}
	if m.Projection != nil {
		id.Projection = m.Projection.SHA256
	}
	if m.Model != nil {
		id.Model = m.Model.Files
		var b bytes.Buffer
		if json.Compact(&b, m.Model.Preprocess) == nil && b.String() != "null" { // a manifest is indented
			id.Preprocess = b.Bytes()
		}
	}
	return id
}

// Differ says in a line the first thing in which a cache is not what an identity's folder wants; it is empty if there
// is none. Class embeddings and scale may differ as `cache merge --sites` lets them, by what machines round: who joins
// a run takes those of the folder then, so that all compute with the same.
func Differ(c *cache.Cache, want *cache.Identity) string {
	has, wants := Of(c), Of(want.Cache)
	if c.Rounded(want.Cache) {
		has.Text, has.LogitScale = wants.Text, wants.LogitScale
	}
	return has.Differ(wants)
}

// Check is Differ as an error, which names the cache and says what to do.
func Check(c *cache.Cache, want *cache.Identity) error {
	if what := Differ(c, want); what != "" {
		return fault.Mismatchf("%s does not fit the identity %s: %s; make it with `fedpurel featurize --like %s`",
			c.Dir, want.Dir, what, want.Dir)
	}
	return nil
}
