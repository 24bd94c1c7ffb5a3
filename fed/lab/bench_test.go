package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
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
		"unseen": {value: 1}, "adapt_rounds": {value: 3, with: lab.Settings{"unseen": 1}},
		"eval_every": {value: 2, with: lab.Settings{"rounds": 11}},
		"partition_file": {
			value:   b.path("partition.json"),
			without: []string{"partition", "tail", "clients", "imbalance", "hierarchy", "client_pattern", "counts"},
		},
		"wise": {value: 0.5}, "post_adjust": {value: 1}, "sigma": {value: 0.5}, "power": {value: 1},
		"loss": {value: "adjusted"}, "lr": {value: 0}, "momentum": {value: 0.5}, "weight_decay": {value: 0.5},
		"schedule":       {value: "cosine"},
		"carry_momentum": {value: true}, "batch": {value: 3}, "drop_last": {value: true}, "diagnose": {value: true},
		"epochs": {value: 2}, "head_epochs": {value: 2},
		"align": {value: "lskd"}, "purify_lambda": {value: 0}, "scope": {value: "global"}, "personal_lr": {value: 0},
		"mix": {value: 0}, "personal_rounds": {value: 1}, "personal_start": {value: "global"},
		"rank": {value: 3}, "alpha": {value: 4}, "rank_stable": {value: true}, "dropout": {value: 0.5},
		"prompt_tokens": {value: 8}, "prompt_start": {value: "a photo of a"}, "blocks": {value: 2},
		"hidden": {value: 5}, "rho": {value: 0.5}, "logit_adjust": {value: 0.5}, "prior": {value: "local"},
		"personal": {value: "residual"}, "mu": {value: 1}, "ditto_lambda": {value: 0}, "server_lr": {value: 0.5},
		"lc_tau": {value: 3}, "lc_form": {value: "paper"}, "focal_gamma": {value: 1},
		"ldam_margin": {value: 5}, "drw_from": {value: 0.5}, "drw_beta": {value: 0.5, with: lab.Settings{"rounds": 6}},
		"private":    {value: ""},
		"apfl_alpha": {value: 0.25}, "apfl_adaptive": {value: true},
		"pfedme_lambda": {value: 5}, "pfedme_steps": {value: 2}, "pfedme_beta": {value: 0.5},
		"pfedme_restart": {value: true},
		"pgp_mu":         {value: 0.5}, "pgp_bottleneck": {value: 2}, "pgp_temperature": {value: 0.1},
		"dyn_alpha": {value: 1}, "dyn_by_size": {value: false},
		"ffa_rate": {value: 1}, "folio": {value: 0.7},
		"creff_features": {value: 3}, "creff_steps": {value: 1}, "creff_feature_lr": {value: 1},
		"creff_epochs": {value: 1}, "creff_lr": {value: 0.1}, "creff_start": {value: "normal"},
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
	named, _ := chosen["method"].(string)
	method, _, _ := strings.Cut(named, "+")
	if method != "zeroshot" {
		s["rounds"], s["fraction"], s["batch"], s["lr"] = 2, 0.5, 8, 0.05
	}
	if method == "" || method == "fedpurel" {
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
