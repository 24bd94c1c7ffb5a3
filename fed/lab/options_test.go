package lab_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// print runs settings and returns all that the run found, and what it depends on.
func print(t *testing.T, s lab.Settings) (found string, on metric.Provenance) {
	t.Helper()
	spec, err := lab.Default().Spec(s)
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	var rounds []metric.Round
	r, err := lab.Run(context.Background(), spec, "", lab.How{Workers: 1, Observe: func(rec metric.Round) {
		rec.Seconds = 0
		rounds = append(rounds, rec)
	}})
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	on, r.Provenance = r.Provenance, on
	data, err := json.Marshal([]any{r, rounds})
	if err != nil {
		t.Fatal(err)
	}
	return string(data), on
}

// printed is what print returns.
type printed struct {
	found string
	on    metric.Provenance
}

// check changes one option of settings: that is refused in words, or another spec. If run, it is another result, too,
// which tells so, unless the option is a seed or a name: reports put other results into one row.
func (b *bench) check(t *testing.T, base lab.Settings, name string, run bool, results map[string]printed) {
	t.Helper()
	c, ok := b.changes[name]
	if !ok {
		t.Fatalf("no other value is known for %s", name)
	}
	if base[name] == c.value { // a loss among losses, a personal model among such
		c.value = map[string]any{"loss": "ce", "personal": "own"}[name]
	}
	plain := c.with.Over(base)
	changed := lab.Settings{name: c.value}.Over(plain)
	for _, other := range c.without {
		delete(changed, other)
	}
	spec, err := lab.Default().Spec(changed)
	if err != nil {
		text := err.Error()
		if fault.KindOf(err) != fault.Usage || !strings.HasPrefix(text, option.Flag(name)+" is read by ") ||
			!strings.Contains(text, "; ") || strings.Contains(text, "\n") {
			t.Errorf("%v: %s: %v", base, name, err)
		}
		return
	}
	before, err := lab.Default().Spec(plain)
	if err != nil {
		t.Fatalf("%v: %v", plain, err)
	}
	if spec.Value(name) == nil || spec.Value(name) == before.Value(name) {
		t.Errorf("%v: %s = %v makes no other spec", base, name, c.value)
	}
	if !run {
		return
	}
	key, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	was, ok := results[string(key)]
	if !ok {
		was.found, was.on = print(t, plain)
		results[string(key)] = was
	}
	found, on := print(t, changed)
	if found == was.found {
		t.Errorf("%v: %s = %v is accepted and changes nothing", base, name, c.value)
	}
	if inRow := name == "seed" || name == "label"; reflect.DeepEqual(on, was.on) != inRow {
		t.Errorf("%v: %s = %v: the result depends on %+v, and on %+v before", base, name, c.value, on, was.on)
	}
}

// fits says whether a method's defaults go with a module: some need a trainable head. Modules inside an encoder ask for
// a model, which the bench has not.
func fits(e method.Entry, module peft.Entry) bool {
	if module.Inside != peft.Outside {
		return false
	}
	_, err := lab.Default().Spec(lab.Settings{"method": e.Name, "module": module.Name})
	if e.New == nil {
		return err == nil
	}
	_, picky := e.New(module).(interface{ Fits(peft.Module) error })
	return err == nil || !picky
}

// alike says where an option's values come to the same, or cannot be had on the problem.
func alike(method string, module peft.Entry, name string) bool {
	switch name {
	case "scope": // a module of one tensor
		return module.Name == "text-class" || module.Name == "text-shift"
	case "personal_start": // the global parameters stay the initial ones; see TestLocalStart
		return method == "local"
	case "schedule": // of a body that has no parameters
		return method == "fedrep" && module.Name == "linear"
	case "views": // which the cache of pre-projection features has not
		return module.Projects
	}
	return false
}

// TestEveryOption: with every method, module, loss, partitioner and tail, every option is refused in words that help,
// or makes a difference.
func TestEveryOption(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	naming := []string{"preset", "cache", "model", "method", "module", "partition", "tail"}
	results := map[string]printed{}
	for _, name := range tables.OptionNames() {
		if slices.Contains(naming, name) {
			continue
		}
		for _, method := range tables.Methods {
			for _, module := range tables.Modules {
				if !fits(method, module) {
					continue
				}
				base := b.base(lab.Settings{"method": method.Name, "module": module.Name})
				b.check(t, base, name, !alike(method.Name, module, name), results)
			}
		}
		for _, slot := range tables.Slots("gate") {
			if slot.Name == "method" || slot.Name == "module" {
				continue
			}
			for _, row := range slot.Rows {
				base := b.base(lab.Settings{"method": "fedavg", "module": "gate", slot.Name: row.Name})
				b.check(t, base, name, option.Has(row.Options, name) || row.Name == "natural", results)
			}
		}
	}
}

// Clients that train alone start where they are told to.
func TestLocalStart(t *testing.T) {
	b := newBench(t)
	base := b.base(lab.Settings{"method": "local", "module": "gate"})
	one, _ := print(t, base)
	if other, _ := print(t, lab.Settings{"personal_start": "zeroshot"}.Over(base)); one == other {
		t.Error("a start at zero-shot changes nothing")
	}
}

// TestPresetsAreRead: every preset goes with every method and module, and all that it sets is read by some of them.
func TestPresetsAreRead(t *testing.T) {
	tables := lab.Default()
	for _, p := range tables.Presets {
		read := map[string]bool{}
		for _, method := range tables.Methods {
			for _, module := range tables.Modules {
				if module.Inside == peft.Outside && !fits(method, module) ||
					module.Inside != peft.Outside && method.Name != "fedpurel" {
					continue
				}
				s, err := tables.Spec(lab.Settings{"preset": p.Name, "method": method.Name, "module": module.Name})
				if err != nil {
					t.Fatalf("%s, %s, %s: %v", p.Name, method.Name, module.Name, err)
				}
				for _, x := range p.For(module.Name) {
					if s.Value(x.Name) == nil {
						continue
					}
					read[x.Name] = true
					have, _ := json.Marshal(s.Value(x.Name))
					if want, _ := json.Marshal(x.Value); string(have) != string(want) {
						t.Errorf("%s, %s: %s is %s, not %s", p.Name, module.Name, x.Name, have, want)
					}
				}
			}
		}
		for _, x := range p.Settings {
			if !read[x.Name] {
				t.Errorf("%s sets %s, which nothing reads", p.Name, x.Name)
			}
		}
	}
}
