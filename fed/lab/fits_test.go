package lab_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// picky takes no classifier of more than three classes.
type picky struct{ *frame.FedAvg }

func (picky) Fits(module peft.Module) error {
	if n := module.(peft.Headed).Head()[0].Rows; n > 3 {
		return fault.Usagef("%d classes are too many", n)
	}
	return nil
}

// A method sees the module at the size of the data when a spec is resolved, so that nothing of a comparison runs before
// it is refused; where there is no data yet, at some size.
func TestFitsSeesTheData(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	tables.Methods = append(tables.Methods, method.Entry{Name: "picky", New: func(m peft.Entry) method.Method {
		return &picky{frame.NewFedAvg(m)}
	}})
	for _, c := range []struct{ cache, module, say string }{
		{"cache", "linear", "5 classes are too many"},
		{"wide", "projection-head", "5 classes are too many"},
		{"cache", "projection-head", ""}, // what is wrong with that is found when the run opens the cache
		{"nowhere", "linear", ""},
	} {
		settings := lab.Settings{"cache": b.path(c.cache), "module": c.module}
		_, err := tables.Compare(settings, []string{"fedavg", "picky"}, nil, []uint64{1})
		if c.say == "" && err != nil || c.say != "" && (fault.KindOf(err) != fault.Usage || err.Error() != c.say) {
			t.Errorf("%s on %s: %v", c.module, c.cache, err)
		}
	}
}
