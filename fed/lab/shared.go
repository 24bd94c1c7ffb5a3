package lab

import (
	"encoding/json"
	"fmt"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/peft"
)

// shared takes the curvatures that an identity has, by which a hub bounds the same learning rates as a simulation on
// the data that the identity was made of. Of other options of a module nothing is known, and nothing bounded.
func (d *data) shared() *data {
	id, err := cache.OpenIdentity(d.dir)
	if err != nil {
		return nil // who opens it says so
	}
	defer id.Close() // read-only
	for _, c := range id.Curvatures {
		d.curvatures[shapeOf(c.Module, c.Options)] = c.Value
	}
	return d
}

// Curvatures are those of all modules outside the encoder that run on the cache in dir, with their default options and
// as Spec estimates them. Of the images, nothing but these numbers can be told from them.
func (t Tables) Curvatures(dir string) (all []cache.Curvature, err error) {
	for _, e := range t.Modules {
		if e.Inside != peft.Outside {
			continue
		}
		s := Spec{General: DefaultGeneral(), tables: t}
		s.Module = e.Name
		if err := t.choose(&s); err != nil {
			return nil, err
		}
		value, ok := estimate(dir, &s)
		if !ok {
			continue // it does not run on these features, or has nothing to bend
		}
		options, err := json.Marshal(s.options["module"])
		if err != nil {
			return nil, fmt.Errorf("lab: options of module %s: %w", e.Name, err)
		}
		all = append(all, cache.Curvature{Module: e.Name, Options: options, Value: value})
	}
	return all, nil
}
