package metric

import (
	"encoding/json"
)

// Provenance is what a result depends on, as far as others must share it: those on one table have cache and partition
// in common, those that are averaged the spec as well. Results of programs that did not record it have none.
type Provenance struct {
	Cache string `json:"cache_fingerprint,omitempty"` // as in the cache's manifest: classes and all arrays
	// Sites is of the names and caches of the sites whose images these are: in one cache, or each at its own place.
	Sites    string `json:"sites_sha256,omitempty"`
	Division string `json:"partition_sha256,omitempty"` // of partition.json without white space
	Spec     string `json:"spec_sha256,omitempty"`      // of Options, as JSON without white space
	// Options are those of the spec that the result depends on, but for the seeds and for what makes the partition.
	Options map[string]json.RawMessage `json:"options,omitempty"`
}

// SameData says whether two results, both recorded, are on the same images, as far as this can be told.
func (p *Provenance) SameData(o *Provenance) bool {
	return p.Cache == o.Cache || p.Sites != "" && p.Sites == o.Sites
}

// Recorded says whether there is one.
func (p *Provenance) Recorded() bool { return p.Cache != "" && p.Division != "" && p.Spec != "" }
