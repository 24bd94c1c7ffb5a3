package fault_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func TestClosest(t *testing.T) {
	methods := []string{"ditto", "fedavg", "fedper", "fedprox", "fedpurel", "local", "zeroshot"}
	options := []string{"rounds", "round_time", "purify_lambda", "lr", "rho", "partition_file", "partition"}
	for _, c := range []struct {
		name  string
		known []string
		want  string
	}{
		{"fedpurl", methods, "fedpurel"},
		{"fedpurel", methods, "fedpurel"},
		{"FedAvg", methods, "fedavg"},
		{"zero-shot", methods, "zeroshot"},
		{"fedporx", methods, "fedprox"}, // neighbours swapped
		{"fedrep", methods, "fedper"},
		{"fed", methods, ""}, // many begin so
		{"zero", methods, "zeroshot"},
		{"scaffold", methods, ""},
		{"", methods, ""},
		{"x", methods, ""},
		{"ruonds", options, "rounds"},
		{"purify-lamda", options, "purify_lambda"},
		{"purify", options, "purify_lambda"},
		{"rh", options, "rho"},
		{"tcsh", []string{"bash", "zsh", "fish"}, ""},
		{"r", options, ""},
		{"partition", options, "partition"},
		{"ünïcode", options, ""},
		{"rounds", nil, ""},
	} {
		if got := fault.Closest(c.name, c.known); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestUnknown(t *testing.T) {
	for name, want := range map[string]string{
		"hnge": `train: unknown loss "hnge"; did you mean hinge? known: hinge, ce`,
		"xyzw": `train: unknown loss "xyzw"; known: hinge, ce`,
	} {
		err := fault.Unknown("train: unknown loss", name, []string{"hinge", "ce"})
		if err.Error() != want || fault.KindOf(err) != fault.Usage {
			t.Errorf("%v, kind %v, want %s", err, fault.KindOf(err), want)
		}
	}
}
