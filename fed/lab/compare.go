package lab

import (
	"encoding/json"
	"os"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
)

// ofOneRun are the options that a comparison names itself for each of its runs.
var ofOneRun = []string{"method", "label", "seed"}

// Compare lists the runs of a comparison: every method and every variant under every seed. An option of shared must be
// read by one of the runs at least, those of a variant by that variant. A variant's preset leaves the partition as the
// others have it. What does not train has no seed: it runs once.
func (t Tables) Compare(shared Settings, methods []string, variants []Settings, seeds []uint64) ([]Spec, error) {
	shared = shared.Over(nil)
	for _, name := range ofOneRun {
		delete(shared, name)
	}
	var own []Settings
	for _, name := range methods {
		own = append(own, Settings{"method": name})
	}
	unread, seen := map[string]int{}, looks{}
	var all []Spec
	for _, one := range append(own, variants...) {
		s, without, err := t.resolve(seen, shared, one, true)
		if err != nil {
			return nil, err
		}
		for _, name := range without {
			unread[name]++
		}
		all = append(all, s)
	}
	for _, name := range shared.names() {
		if n := len(own) + len(variants); n > 0 && unread[name] == n {
			return nil, fault.Usagef("%s is read by %s; none of the runs that are compared reads it",
				option.Flag(name), t.readers(name))
		}
	}
	return Under(all, seeds), nil
}

// ReadVariants reads a list of settings in JSON or YAML, each of a variant with a label of its own, to go over shared
// ones.
func (t Tables) ReadVariants(path string, shared Settings) ([]Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("--variants: %w", err)
	}
	if data, err = asJSON(path, data); err != nil {
		return nil, fault.Usagef("--variants %s: %w", path, err)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, fault.Corruptf("--variants %s: %w", path, err)
	}
	var all []Settings
	seen, caches := map[any]bool{}, looks{}
	for i, part := range parts {
		one, err := t.settings(part)
		if err == nil {
			err = t.variant(caches, one, shared)
		}
		if err != nil {
			return nil, fault.Usagef("--variants %s, entry %d: %w", path, i+1, err)
		}
		label := one["label"]
		if label == nil || label == "" || seen[label] {
			return nil, fault.Usagef("--variants %s, entry %d: every variant needs a label of its own", path, i+1)
		}
		seen[label] = true
		all = append(all, one)
	}
	return all, nil
}

// variant checks the settings of a variant: they resolve, and share what all runs of a comparison share.
func (t Tables) variant(caches looks, one, shared Settings) error {
	all := DefaultGeneral()
	for _, name := range []string{"cache", "data_seed", "seed"} {
		if shared[name] != nil {
			if err := shared.set(&all, name); err != nil {
				return err
			}
		}
	}
	s, _, err := t.resolve(caches, shared, one, true)
	if err != nil {
		return err
	}
	if s.Cache != all.Cache || s.Seed != all.Seed || s.File == "" && s.DataSeed != all.DataSeed {
		return fault.Usagef("variants share the cache and the seeds")
	}
	return nil
}
