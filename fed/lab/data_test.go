package lab_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// places are the problem's people as sites with names that are no words of a program.
var places = map[string]string{"person0": "New York", "person1": "Zürich", "person2": "site-3", "person3": "a|b"}

// writeSites makes a cache of the problem whose images are of places. Rows that are not wanted are left out.
func writeSites(t *testing.T, dir string, wanted func(split, file string) bool) {
	t.Helper()
	parts := t.TempDir()
	var sites []cache.Site
	for person, place := range places {
		one := filepath.Join(parts, person)
		err := writeSome(one, cache.DataInfo{}, func(split, file string) bool {
			return strings.Contains(file, person) && wanted(split, file)
		})
		if err != nil {
			t.Fatal(err)
		}
		sites = append(sites, cache.Site{Name: place, Dir: one})
	}
	if _, _, err := cache.MergeSites(context.Background(), dir, sites, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func everything(_, _ string) bool { return true }

// What is open of tail, partition and number of clients follows from the data, unless a preset or somebody chooses.
func TestDataDecides(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	writeSites(t, b.path("sites"), everything)
	if err := writeSome(b.path("known"), cache.DataInfo{Format: "x", Name: "cifar-100"}, everything); err != nil {
		t.Fatal(err)
	}
	type settings = lab.Settings
	for _, c := range []struct {
		cache                               string
		given                               settings
		tail, imbalance, partition, clients any
	}{
		{"", nil, "natural", nil, "dirichlet", 20},
		{"", settings{"imbalance": 5}, "exponential", 5.0, "dirichlet", 20},
		{"nowhere", nil, "natural", nil, "dirichlet", 20},
		{"cache", nil, "natural", nil, "dirichlet", 12},
		{"cache", settings{"clients": 7}, "natural", nil, "dirichlet", 7},
		{"cache", settings{"imbalance": 4}, "exponential", 4.0, "dirichlet", 6},
		{"cache", settings{"imbalance": 4, "tail": "step"}, "step", 4.0, "dirichlet", 8},
		{"cache", settings{"preset": "paper"}, "exponential", 100.0, "dirichlet", 20},
		{"cache", settings{"preset": "paper", "tail": "natural"}, "natural", nil, "dirichlet", 20},
		{"cache", settings{"preset": "paper", "clients": 3}, "exponential", 100.0, "dirichlet", 3},
		{"cache", settings{"client_pattern": "(person.)"}, "natural", nil, "natural", nil},
		{"cache", settings{"clients_from": "people.csv"}, "natural", nil, "natural", nil},
		{"cache", settings{"partition_file": b.path("partition.json")}, nil, nil, nil, nil},
		{"known", nil, "exponential", 100.0, "dirichlet", 3},
		{"known", settings{"tail": "natural"}, "natural", nil, "dirichlet", 12},
		{"known", settings{"imbalance": 1}, "exponential", 1.0, "dirichlet", 12},
		{"sites", nil, "natural", nil, "natural", nil},
		{"sites", settings{"imbalance": 4}, "exponential", 4.0, "natural", nil},
		{"sites", settings{"partition_file": "", "client_pattern": ""}, "natural", nil, "natural", nil},
		{"sites", settings{"clients": 3}, "natural", nil, "dirichlet", 3},
		{"sites", settings{"beta": 0.5}, "natural", nil, "dirichlet", 12},
		{"sites", settings{"partition": "iid"}, "natural", nil, "iid", 12},
		{"sites", settings{"client_pattern": "(person[01])"}, "natural", nil, "natural", nil},
		{"sites", settings{"preset": "released"}, "exponential", 100.0, "dirichlet", 20},
		{"sites", settings{"preset": "released", "partition": "natural"}, "exponential", 100.0, "natural", nil},
	} {
		given := c.given.Over(nil)
		if c.cache != "" {
			given["cache"] = b.path(c.cache)
		}
		s := mustSpec(t, tables, given)
		got := []any{s.Value("tail"), s.Value("imbalance"), s.Value("partition"), s.Value("clients")}
		if want := []any{c.tail, c.imbalance, c.partition, c.clients}; !slices.Equal(got, want) {
			t.Errorf("%s, %v: %v, want %v", c.cache, c.given, got, want)
		}
		if c.tail == nil {
			continue
		}
		// All is said now: the spec is the same whatever else the cache holds.
		said := lab.Settings{}
		for _, f := range s.Fields() {
			said[f.Name] = f.Value
		}
		for _, other := range []string{"cache", "known", "sites", "nowhere"} {
			said["cache"] = b.path(other)
			again := mustSpec(t, tables, said)
			again.Cache = s.Cache
			if asJSON(t, again) != asJSON(t, s) {
				t.Errorf("%s, %v: on %s %s is %s", c.cache, c.given, other, asJSON(t, s), asJSON(t, again))
			}
		}
	}
	spec := mustSpec(t, tables, settings{"cache": b.path("nowhere")})
	if _, err := lab.Run(context.Background(), spec, "", lab.How{}); fault.KindOf(err) != fault.Missing {
		t.Errorf("no cache: %v", err)
	}
}

// A comparison has one partition: a variant's preset leaves it alone, and that of the comparison makes it.
func TestVariantsShareThePartition(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	writeSites(t, b.path("sites"), everything)
	variants := []lab.Settings{{"label": "r", "method": "fedpurel", "preset": "released"}}
	for _, c := range []struct {
		shared lab.Settings
		want   string
	}{
		{lab.Settings{}, `["natural",null,"natural",null]`},
		{lab.Settings{"clients": 4, "imbalance": 10}, `["exponential",10,"dirichlet",4]`},
		{lab.Settings{"preset": "paper"}, `["exponential",100,"dirichlet",20]`},
	} {
		c.shared["cache"] = b.path("sites")
		specs, err := tables.Compare(c.shared, []string{"fedavg", "zeroshot"}, variants, []uint64{1})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range specs {
			got := asJSON(t, []any{s.Value("tail"), s.Value("imbalance"), s.Value("partition"), s.Value("clients")})
			if got != c.want {
				t.Errorf("%v, %s %s: %s, want %s", c.shared, s.Method, s.Label, got, c.want)
			}
		}
		if last := specs[len(specs)-1]; last.Value("mix") != 0.99 || last.Value("rank_stable") != true {
			t.Errorf("%v: the variant's preset is not read: mix %v", c.shared, last.Value("mix"))
		}
	}
}

// heard runs settings and returns the notices.
func heard(t *testing.T, s lab.Settings, dir string, how lab.How) (said []string) {
	t.Helper()
	how.Notice = func(sentence string) { said = append(said, sentence) }
	mustRun(t, mustSpec(t, lab.Default(), s), dir, how)
	return said
}

// Sites are the clients, by their names, with all their images; what is left out is said, there and in the report.
func TestSites(t *testing.T) {
	b := newBench(t)
	writeSites(t, b.path("sites"), everything)
	quick := lab.Settings{"cache": b.path("sites"), "module": "gate", "rounds": 2}
	if said := heard(t, quick, b.path("all"), lab.How{}); !slices.Equal(said, []string{
		"--partition natural: the data names 4 clients",
	}) {
		t.Errorf("%q", said)
	}
	if said := heard(t, quick, b.path("all"), lab.How{Resume: true}); said != nil {
		t.Errorf("again: %q", said)
	}
	runs, _, err := report.Load(b.path("all"))
	if err != nil {
		t.Fatal(err)
	}
	r := runs[0].Result
	var names []string
	for k, c := range r.Clients {
		names = append(names, r.ClientName(k))
		if c.Train != 30 {
			t.Errorf("%s has %d images", c.Name, c.Train)
		}
	}
	if want := []string{"New York", "Zürich", "a|b", "site-3"}; !slices.Equal(names, want) || r.TrainImages != 120 ||
		r.LeftOut != "" || r.Cautions() != nil {
		t.Errorf("%q, %d images, %q, %q", names, r.TrainImages, r.LeftOut, r.Cautions())
	}
	wild := mustSpec(t, lab.Default(), lab.Settings{"lr": 1e30, "fraction": 1}.Over(quick))
	if _, err := lab.Run(context.Background(), wild, "", lab.How{}); err == nil ||
		!strings.Contains(err.Error(), ", client 0 (New York): ") {
		t.Errorf("what is not finite: %v", err)
	}
	said := heard(t, lab.Settings{"imbalance": 10}.Over(quick), b.path("cut"), lab.How{})
	if !slices.Contains(said, "training on 50 of 120 images: --imbalance 10") {
		t.Errorf("%q", said)
	}
	runs, _, err = report.Load(b.path("cut"))
	if err != nil {
		t.Fatal(err)
	}
	made, err := report.New(runs, lab.Default().Metrics)
	if err == nil {
		err = made.Write(b.path("page"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string][]string{
		"report.md":   {"Training on 50 of 120 images: --imbalance 10.\n", "Zürich", `a\|b`},
		"report.html": {"Training on 50 of 120 images: --imbalance 10.", "New York"},
		"clients.csv": {"\nsite-3,"},
		"clients.svg": {"Zürich"},
	} {
		data, err := os.ReadFile(filepath.Join(b.path("page"), file))
		if err != nil {
			t.Fatal(err)
		}
		for _, say := range says {
			if !strings.Contains(string(data), say) {
				t.Errorf("%s does not say %q", file, say)
			}
		}
	}
}

// Sites of a kind that little can be said of, one with one image, one without test images, some that share no class,
// work, and it is said.
func TestOddSites(t *testing.T) {
	b := newBench(t)
	err := writeSome(b.path("odd"), cache.DataInfo{}, func(split, file string) bool {
		class, image, _ := strings.Cut(file, "/")
		switch strings.Split(image, "_")[0] {
		case "person0": // one image, and all test images of its class
			return class == "class0" && (split == "test" || image == "person0_000.png")
		case "person1": // no test images
			return class == "class1" && split == "train"
		case "person2":
			return class == "class2" || class == "class3"
		}
		return class == "class4" || split == "test" && class == "class1"
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"fedpurel", "local", "zeroshot"} {
		given := lab.Settings{"cache": b.path("odd"), "method": method, "client_pattern": "(person[012])"}
		if method != "zeroshot" {
			given["module"], given["rounds"], given["fraction"] = "gate", 2, 1
		}
		said := heard(t, given, "", lab.How{})
		for _, say := range []string{
			"training on 19 of 25 images: 6 of 25 training images name no client and are left out",
			"2 of 6 test images are of no client that trains: they count for the global model alone",
			"no two clients have a class in common",
			"1 of 3 clients is (person1) without test images: no accuracy of their own",
		} {
			if !slices.Contains(said, say) {
				t.Errorf("%s: %q not among %q", method, say, said)
			}
		}
	}
}
