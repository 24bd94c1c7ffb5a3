package lab_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A name with plus signs is the settings that it stands for; the run is the same, but for its label.
func TestCombinations(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	for _, c := range []struct {
		name, title, folder string
		plain               lab.Settings
	}{
		{"fedavg+la", "FedAvg + LA", "fedavg+la", lab.Settings{"method": "fedavg", "loss": "adjusted"}},
		{"fedavg+residual+la", "FedAvg + LA + residual", "fedavg+la+residual",
			lab.Settings{"method": "fedavg", "loss": "adjusted", "personal": "residual"}},
		{"fedpurel+wise", "FedPuReL + WiSE-FT", "fedpurel+wise", lab.Settings{"method": "fedpurel", "wise": 0.5}},
		{"local+la-post", "local only + post-hoc LA", "local+la-post",
			lab.Settings{"method": "local", "post_adjust": 1}},
	} {
		s := mustSpec(t, tables, b.base(lab.Settings{"method": c.name}))
		if s.Title() != c.title || !strings.Contains(s.Folder("out"), "/"+c.folder+"/") {
			t.Errorf("%s: title %q, folder %s", c.name, s.Title(), s.Folder("out"))
		}
		plain := mustSpec(t, tables, lab.Settings{"label": s.Label}.Over(b.base(c.plain)))
		for _, f := range slices.Concat(s.Fields(), plain.Fields()) {
			if s.Value(f.Name) != plain.Value(f.Name) {
				t.Errorf("%s: %s is %v, and %v", c.name, f.Name, s.Value(f.Name), plain.Value(f.Name))
			}
		}
		if own := mustSpec(t, tables, b.base(lab.Settings{"method": c.name, "label": "mine"})); own.Title() != "mine" {
			t.Errorf("%s: the label is %q", c.name, own.Title())
		}
	}
	for name, say := range map[string]string{
		"fedavg+ia": "did you mean", "fedavg+la+la": "twice", "fedavg+la+la-local": "--prior",
		"zeroshot+la": "--method zeroshot does not", "local+wise": "global model", "fedpurel+residual": "does more",
		"ditto+residual": "does more", "zeroshot+residual": "--personal", "fedavgg+la": "fedavg", "fedavg+": "la",
		"fedrod+la": "--method fedrod has a loss of its own", "fedrod+residual": "does more",
	} {
		_, err := tables.Spec(b.base(lab.Settings{"method": name}))
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := tables.Spec(b.base(lab.Settings{"method": "fedavg+la", "loss": "ce"}))
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "--loss") {
		t.Errorf("two losses: %v", err)
	}
}
