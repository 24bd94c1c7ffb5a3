package report

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// with is FedAvg's result under a seed, of options that are given as JSON.
func with(seed uint64, options string) metric.Result {
	r := result("fedavg", seed, 8)
	r.Spec, r.Options = options, nil
	if options == "" {
		r.Provenance = metric.Provenance{}
	} else if err := json.Unmarshal([]byte(options), &r.Options); err != nil {
		panic(err)
	}
	return r
}

// at lays results in folders of their own.
func at(results ...metric.Result) (runs []Run) {
	for i, r := range results {
		runs = append(runs, Run{Dir: fmt.Sprint("runs/", i+1), Result: r})
	}
	Sort(runs)
	return runs
}

// Runs are averaged if nothing differs but the seed. What else differs makes rows, named by it.
func TestRowsDifferInSeedsAlone(t *testing.T) {
	const slow, fast = `{"lr":0.1,"rounds":2}`, `{"lr":0.2,"rounds":2}`
	for name, c := range map[string]struct {
		runs []Run
		rows []string // label and number of runs
	}{
		"one kind": {at(with(1, slow), with(2, slow)), []string{"FedAvg 2"}},
		"a rate":   {at(with(1, slow), with(2, fast)), []string{"FedAvg (lr 0.1) 1", "FedAvg (lr 0.2) 1"}},
		"a rate under the same seeds": {
			at(with(1, slow), with(1, fast), with(2, slow), with(2, fast)),
			[]string{"FedAvg (lr 0.1) 2", "FedAvg (lr 0.2) 2"},
		},
		"rounds": {
			at(with(1, slow), with(2, slow), with(3, `{"lr":0.1,"rounds":5}`)),
			[]string{"FedAvg (rounds 2) 2", "FedAvg (rounds 5) 1"},
		},
		"two options, of three kinds": {
			at(with(1, slow), with(2, fast), with(3, `{"lr":0.2,"rounds":5}`)),
			[]string{"FedAvg (lr 0.1, rounds 2) 1", "FedAvg (lr 0.2, rounds 2) 1", "FedAvg (lr 0.2, rounds 5) 1"},
		},
		"texts, and what only one reads": {
			at(with(1, `{"loss":"ce"}`), with(2, `{"loss":"focal","gamma":2}`), with(3, `{"loss":""}`)),
			[]string{"FedAvg (loss ce) 1", "FedAvg (gamma 2, loss focal) 1", `FedAvg (loss "") 1`},
		},
		"an option more": {
			at(with(1, slow), with(2, `{"lr":0.1,"rounds":2,"mu":0}`)),
			[]string{"FedAvg (mu not read) 1", "FedAvg (mu 0) 1"},
		},
		"older ones":            {at(with(1, ""), with(2, "")), []string{"FedAvg 2"}},
		"older ones beside one": {at(with(1, ""), with(2, slow)), []string{"FedAvg 2"}},
		"older ones beside two": {
			at(with(1, ""), with(2, slow), with(3, fast)),
			[]string{"FedAvg (options not recorded) 1", "FedAvg (lr 0.1) 1", "FedAvg (lr 0.2) 1"},
		},
	} {
		table, err := Summary(c.runs, false, metric.All())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var rows []string
		for _, r := range table.Rows {
			rows = append(rows, fmt.Sprint(r.Label, " ", r.Cells[0].N))
		}
		if !slices.Equal(rows, c.rows) {
			t.Errorf("%s: rows %q, want %q", name, rows, c.rows)
		}
		if noted := strings.Contains(table.Note, "Not checked: "); noted != strings.Contains(name, "older") {
			t.Errorf("%s: note %q", name, table.Note)
		}
		if _, err := New(c.runs, metric.All()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Modules and labels stand before what else differs, and rows that are told apart have colours of their own.
func TestNamesOfRows(t *testing.T) {
	other := with(1, `{"lr":0.3}`)
	other.Module = "gate"
	labelled := with(1, `{"lr":0.4}`)
	labelled.Label = "mine"
	groups, err := groupRuns(at(other, with(1, `{"lr":0.1}`), with(1, `{"lr":0.2}`), labelled))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	colours := map[any]bool{}
	for _, g := range groups {
		titles = append(titles, g.title(several(groups)))
		colours[g.colour()] = true
	}
	want := []string{"FedAvg (gate)", "FedAvg (lora, lr 0.1)", "FedAvg (lora, lr 0.2)", "mine (lora)"}
	if !slices.Equal(titles, want) || len(colours) != len(want) {
		t.Errorf("%q in %d colours, want %q", titles, len(colours), want)
	}
	rows, err := BySeed(at(with(1, `{"lr":0.1}`), with(1, `{"lr":0.2}`), labelled, result("fedpurel", 1, 8)))
	if err != nil || len(rows) != 4 || rows[1].Variant != "FedAvg (lr 0.2)" || rows[2].Variant != "mine" ||
		rows[3].Variant != "" {
		t.Errorf("%+v, %v", rows, err)
	}
}

// What does not belong in one table, or cannot be named, is refused in a line that says why.
func TestWhatIsNotReportedTogether(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*metric.Result)
		say   string
	}{
		"cache":        {func(r *metric.Result) { r.Cache = "other" }, "their caches differ"},
		"partition":    {func(r *metric.Result) { r.Division = "other" }, "their partitions differ"},
		"another rule": {func(r *metric.Result) { r.LocalTest = "other" }, "their partitions differ"},
		"counts":       {func(r *metric.Result) { r.TrainCounts = []int{150, 50, 6} }, "their partitions differ"},
		"clients":      {func(r *metric.Result) { r.Clients = r.Clients[:1] }, "their partitions differ"},
		"setting":      {func(r *metric.Result) { r.DataSeed, r.Partition = 7, "x" }, "their partitions differ"},
		"classes": {
			func(r *metric.Result) { r.Classes = []string{"señor", "cat <b>", "d|g"} }, "their classes differ",
		},
		"constants":      {func(r *metric.Result) { r.Balance.Power = 1 }, "their constants of balancedness differ"},
		"unnamed option": {func(r *metric.Result) { r.Spec = "other" }, "result.json does not name"},
	} {
		other := result("fedavg", 3, 8)
		c.spoil(&other)
		_, err := New(at(result("fedavg", 1, 8), result("fedavg", 2, 8), other), metric.All())
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say) ||
			!strings.Contains(err.Error(), "runs/3") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An older run in front takes no part in the comparison of what it does not record.
	first, third := with(1, ""), with(3, `{"lr":0.1}`)
	third.Cache = "other"
	_, err := New(at(first, with(2, `{"lr":0.1}`), third), metric.All())
	if err == nil || !strings.Contains(err.Error(), "runs/2 and runs/3") {
		t.Errorf("two caches behind an older run: %v", err)
	}
}

// One older run beside its own zero-shot result is no comparison: there is nothing to note.
func TestOneOlderRun(t *testing.T) {
	table, err := Summary(WithZeroShot(at(with(1, ""))[0]), false, metric.All())
	if err != nil || strings.Contains(table.Note, "older") {
		t.Errorf("%v: %q", err, table.Note)
	}
}

func TestRefusals(t *testing.T) {
	if _, _, err := Load(filepath.Join(t.TempDir(), "no")); fault.KindOf(err) != fault.Missing {
		t.Errorf("nothing there: %v", err)
	}
	if _, _, err := Load(t.TempDir()); fault.KindOf(err) != fault.Missing {
		t.Errorf("no runs: %v", err)
	}
	other := result("fedavg", 1, 8)
	other.Partition = "another partition"
	runs, _, err := Load(folders(t, result("fedpurel", 1, 8), other))
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(runs, metric.All())
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "different data") {
		t.Errorf("two partitions: %v", err)
	}
	twice := []Run{{Dir: "a", Result: result("fedavg", 1, 8)}, {Dir: "b", Result: result("fedavg", 1, 8)}}
	if _, err := New(twice, metric.All()); fault.KindOf(err) != fault.Usage {
		t.Errorf("one run twice: %v", err)
	}
	torn := result("fedavg", 1, 8)
	torn.TrainCounts = torn.TrainCounts[:2]
	if _, _, err := Load(folders(t, torn)); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("result that does not fit together: %v", err)
	}
}

// A row names its module where there are several, unless its label does.
func TestTitleNamesTheModuleOnce(t *testing.T) {
	for label, want := range map[string]string{
		"FedAvg, linear": "FedAvg, linear", "linear": "linear", "nonlinear": "nonlinear (linear)",
		"linear-head": "linear-head (linear)", "": "FedAvg (linear)",
	} {
		g := group{method: "fedavg", module: "linear", label: label, runs: []Run{{}}}
		if got := g.title(true); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}
