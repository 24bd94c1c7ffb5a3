package lab_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A change gives an option another value than its default.
type change struct {
	value   any
	with    lab.Settings // what must be so for the difference to show
	without []string     // what does not go with it
}

// bench is a folder with caches and files that options name.
type bench struct {
	dir     string
	changes map[string]change
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir()}
	if err := writeCache(b.path("cache")); err != nil {
		t.Fatal(err)
	}
	if err := writeWide(b.path("wide")); err != nil {
		t.Fatal(err)
	}
	people := "file,client\n"
	splits(func(_ string, _ int, _ f32.Matrix, _ []int32, files []string) {
		for i, f := range files {
			people += f + "," + []string{"x", "y", "z"}[i%3] + "\n"
		}
	})
	for name, text := range map[string]string{
		"coarse-a": "p\np\nq\nq\nq\n", "coarse-b": "p\nq\nr\np\nq\n",
		"counts-a": "9\n9\n9\n9\n9\n", "counts-b": "20\n5\n9\n3\n1\n", "people.csv": people,
	} {
		if err := os.WriteFile(b.path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := lab.Default().Spec(lab.Settings{"cache": b.path("cache"), "clients": 3, "imbalance": 2, "data_seed": 9})
	if err != nil {
		t.Fatal(err)
	}
	d, err := lab.Divide(s)
	if err == nil {
		err = durable.WriteJSON(b.path("partition.json"), d.Partition)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.changes = map[string]change{
		"label": {value: "variant"}, "seed": {value: 2}, "rounds": {value: 3}, "fraction": {value: 0.75},
		"first_round_all": {value: true}, "views": {value: true}, "clients": {value: 3},
		"local_test": {value: "matched"}, "data_seed": {value: 2},
		"eval_every": {value: 2, with: lab.Settings{"rounds": 11}},
		"partition_file": {
			value:   b.path("partition.json"),
			without: []string{"partition", "tail", "clients", "imbalance", "hierarchy", "client_pattern", "counts"},
		},
		"wise": {value: 0.5}, "post_adjust": {value: 1}, "sigma": {value: 0.5}, "power": {value: 1},
		"loss": {value: "adjusted"}, "lr": {value: 0}, "momentum": {value: 0.5}, "weight_decay": {value: 0.5},
		"carry_momentum": {value: true}, "batch": {value: 3}, "drop_last": {value: true}, "diagnose": {value: true},
		"epochs": {value: 2},
		"align":  {value: "lskd"}, "purify_lambda": {value: 0}, "scope": {value: "global"}, "personal_lr": {value: 0},
		"mix": {value: 0}, "personal_rounds": {value: 1}, "personal_start": {value: "global"},
		"rank": {value: 3}, "alpha": {value: 4}, "rank_stable": {value: true}, "dropout": {value: 0.5},
		"hidden": {value: 5}, "rho": {value: 0.5}, "logit_adjust": {value: 0.5}, "prior": {value: "local"},
		"mu": {value: 1}, "ditto_lambda": {value: 0}, "server_lr": {value: 0.5}, "private": {value: ""},
		"beta": {value: 0.1}, "shards": {value: 3}, "hierarchy": {value: b.path("coarse-b")},
		"client_pattern": {value: "person([01])"},
		"clients_from":   {value: b.path("people.csv"), without: []string{"client_pattern"}},
		"imbalance":      {value: 8}, "min_per_class": {value: 14}, "shuffle_classes": {value: true},
		"counts": {value: b.path("counts-b")},
	}
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// base are settings with which plug-ins run on the problem in a moment.
func (b *bench) base(chosen lab.Settings) lab.Settings {
	s := lab.Settings{"cache": b.path("cache"), "clients": 4, "imbalance": 4}
	if chosen["method"] != "zeroshot" {
		s["rounds"], s["fraction"], s["batch"], s["lr"] = 2, 0.5, 8, 0.05
	}
	if chosen["method"] == nil || chosen["method"] == "fedpurel" {
		s["personal_lr"] = 0.05
	}
	s = chosen.Over(s)
	for _, e := range peft.Modules {
		if s["module"] == e.Name && e.Projects {
			s["cache"] = b.path("wide")
		}
	}
	switch s["partition"] {
	case "pachinko", "pachinko-pooled":
		s["hierarchy"] = b.path("coarse-a")
	case "natural":
		s["client_pattern"] = "(person.)"
		delete(s, "clients")
	}
	switch s["tail"] {
	case "list":
		s["counts"] = b.path("counts-a")
		delete(s, "imbalance")
	case "natural":
		delete(s, "imbalance")
	}
	return s
}

// print runs settings and returns all that the run found.
func print(t *testing.T, s lab.Settings) string {
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
	data, err := json.Marshal([]any{r, rounds})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// check changes one option of settings: that is refused in words, or another spec. If run, it is another result, too.
func (b *bench) check(t *testing.T, base lab.Settings, name string, run bool, results map[string]string) {
	t.Helper()
	c, ok := b.changes[name]
	if !ok {
		t.Fatalf("no other value is known for %s", name)
	}
	if base[name] == c.value { // a loss among losses
		c.value = "ce"
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
	if results[string(key)] == "" {
		results[string(key)] = print(t, plain)
	}
	if print(t, changed) == results[string(key)] {
		t.Errorf("%v: %s = %v is accepted and changes nothing", base, name, c.value)
	}
}

// fits says whether a method's defaults go with a module: some need a trainable head.
func fits(e method.Entry, module peft.Entry) bool {
	_, err := lab.Default().Spec(lab.Settings{"method": e.Name, "module": module.Name})
	return err == nil || !e.Head
}

// alike says where an option's values come to the same, or cannot be had on the problem.
func alike(method string, module peft.Entry, name string) bool {
	switch name {
	case "scope": // a module of one tensor
		return module.Name == "text-class" || module.Name == "text-shift"
	case "personal_start": // the global parameters stay the initial ones; see TestLocalStart
		return method == "local"
	case "views": // which the cache of pre-projection features has not
		return module.Projects
	}
	return false
}

// TestEveryOption: with every method, module, loss, partitioner and tail, every option is refused in words that help,
// or makes a difference.
func TestEveryOption(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	naming := []string{"preset", "cache", "method", "module", "partition", "tail"}
	results := map[string]string{}
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
	if print(t, base) == print(t, lab.Settings{"personal_start": "zeroshot"}.Over(base)) {
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
				if !fits(method, module) {
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
