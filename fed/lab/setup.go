package lab

import (
	"encoding/json"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/option"
)

// apart are general options that decide nothing beside others: where a run started from, where its cache and encoder
// lie, what it is called, and which of equal runs it is.
var apart = []string{"preset", "cache", "model", "label", "seed"}

// setup lists the options in which runs that are averaged agree: those that decide the result, but for the training
// seed, and for what makes the partition. The data seed is of the latter: the partition's own hash stands for them.
func (s *Spec) setup() map[string]any {
	all := map[string]any{}
	for _, f := range option.Fields(s.General) {
		if s.readsGeneral(f) && f.Tag.Get("group") != "data" && !slices.Contains(apart, f.Name) {
			all[f.Name] = f.Value
		}
	}
	if !s.Trains() {
		delete(all, "module") // it has nothing to do
	}
	if s.AdaptRounds == 0 { // it changes nothing
		delete(all, "adapt_rounds")
	}
	if s.Personal != residual {
		delete(all, "personal")
	}
	for _, slot := range slots {
		if slot == "partition" || slot == "tail" {
			continue
		}
		for _, f := range option.Fields(s.options[slot]) {
			all[f.Name] = f.Value
		}
	}
	return all
}

// provenance is what the result records of cache, partition and spec.
func (x *experiment) provenance() (p metric.Provenance, err error) {
	p.Cache, p.Sites = x.cache.Manifest.Fingerprint, sitesSum(x.cache.Manifest.Sites)
	if p.Division, err = x.partition.Sum(); err != nil {
		return p, err
	}
	data, err := json.Marshal(x.spec.setup())
	if err != nil {
		return p, err
	}
	p.Spec = hash(data)
	return p, json.Unmarshal(data, &p.Options)
}

// sitesSum is the hash of the sites' names and caches; empty without sites.
func sitesSum(sites []cache.SiteInfo) string {
	if len(sites) == 0 {
		return ""
	}
	var all []string
	for _, s := range sites {
		all = append(all, s.Name, s.Fingerprint)
	}
	data, _ := json.Marshal(all) // strings have no errors
	return hash(data)
}
