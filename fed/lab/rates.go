package lab

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// lookedAt is the number of training images by which the curvature is estimated.
const lookedAt = 256

// restrain is what the data sets of the learning rates that nobody chose: the defaults, which are the module's, are
// bounded by how sharply the loss bends on these features, see peft.Entry.Bounded. Neither labels nor test images have
// a part in it. Rates of modules inside an encoder are not bounded.
func (t Tables) restrain(s *Spec, d *data, chosen Settings) (all []Setting, err error) {
	if s.module.Inside != peft.Outside {
		return nil, nil
	}
	usual, err := t.defaults(s, s.module)
	if err != nil {
		return nil, err
	}
	still := s.module
	still.LR, still.PersonalLR = 0, 0
	open, err := t.defaults(s, still)
	if err != nil {
		return nil, err
	}
	names := Settings{}
	for name, value := range usual {
		if open[name] != value && chosen[name] == nil {
			names[name] = value
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	curvature, ok := d.curvature(s)
	if !ok {
		return nil, nil // a run says what is wrong
	}
	bounded, err := t.defaults(s, s.module.Bounded(curvature))
	if err != nil {
		return nil, err
	}
	for _, name := range names.names() {
		if bounded[name] != usual[name] {
			all = append(all, Setting{Name: name, Value: bounded[name], Why: fmt.Sprintf(
				"%v, not %v: these features bend the loss of %s more sharply (curvature %.2g)",
				bounded[name], usual[name], s.Module, curvature)})
		}
	}
	return all, nil
}

// defaults are those of the options of a spec's plug-ins, if the module's row were another.
func (t Tables) defaults(s *Spec, module peft.Entry) (Settings, error) {
	t.Modules = slices.Clone(t.Modules)
	for i, e := range t.Modules {
		if e.Name == module.Name {
			t.Modules[i] = module
		}
	}
	plain := *s
	if err := t.choose(&plain); err != nil {
		return nil, err
	}
	all := Settings{}
	for _, options := range plain.options {
		for _, f := range option.Fields(options) {
			all[f.Name] = f.Value
		}
	}
	return all, nil
}

// curvature is that of the spec's module at its initial weights, on images that are spread evenly over the training
// images; it is estimated once for a module and its options. It is the same for every seed, and for every method: what
// one makes of the module, as tensors that nobody trains, has no part in it.
func (d *data) curvature(s *Spec) (curvature float64, ok bool) {
	shape := shapeOf(s.Module, s.options["module"])
	if known, seen := d.curvatures[shape]; seen {
		return known, known > 0
	}
	curvature, ok = estimate(d.dir, s)
	if !ok {
		curvature = 0
	}
	d.curvatures[shape] = curvature
	return curvature, ok
}

// shapeOf is a module and its options, or the JSON of these, as the key of a curvature.
func shapeOf(module string, options any) string {
	shape, err := json.Marshal([]any{module, options})
	if err != nil {
		panic("lab: options of a module: " + err.Error()) // they are plain values
	}
	return string(shape)
}

// estimate is false where the cache, or one of these images, cannot be read, or has no such features.
func estimate(dir string, s *Spec) (curvature float64, ok bool) {
	held, err := cache.Map(dir)
	if err != nil {
		return 0, false
	}
	defer held.Close() // read-only
	split, err := held.Split("train")
	if err != nil {
		return 0, false
	}
	head := headOf(held, s.module)
	if s.module.Projects && head.Projection.Rows == 0 {
		return 0, false
	}
	source, _, err := seenBy(held, split, head)
	if err != nil || s.module.Inside != peft.Outside {
		return 0, false
	}
	x := f32.New(min(lookedAt, source.Len()), source.Dim())
	rows := make([]int, x.Rows)
	for i := range rows {
		rows[i] = i * source.Len() / x.Rows
	}
	if err := source.Gather(x, rows); err != nil {
		return 0, false
	}
	module := s.bare(head)
	phi := make([]float32, module.Layout().Size())
	module.Init(phi, seed.Root(0).Stream(seed.Init))
	curvature = train.Curvature(module, phi, x, seed.Root(0).Stream(seed.Curvature))
	return curvature, curvature > 0
}

// seenBy is what a module on this head sees of a split's images, plain and in views.
func seenBy(c *cache.Cache, split *cache.Split, head peft.Head) (fed.Source, fed.Viewer, error) {
	if head.Inside != nil && head.Inside.Vision.Tower != nil {
		tokens, err := split.Tokens()
		return tokens, tokens, err
	}
	if p := c.Projection; p.Rows > 0 && head.Projection.Rows == 0 { // it works on embeddings
		on := projected{split, p}
		return on, on, nil
	}
	return split, split, nil
}
