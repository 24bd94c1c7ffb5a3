package frame

import (
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

func TestSchedules(t *testing.T) {
	for name, of := range schedules {
		if of(0) != 1 {
			t.Errorf("%s begins at %v of the rate", name, of(0))
		}
		for last, at := 1.0, 0.0; at < 1; at += 0.01 {
			if now := of(at); !(now > 0 && now <= last) {
				t.Errorf("%s: %v of the rate at %v, after %v", name, now, at, last)
			} else {
				last = now
			}
		}
	}
	if half := schedules["cosine"](0.5); half != 0.5 {
		t.Errorf("cosine: %v of the rate halfway, want ½", half)
	}
	m := Defaults(peft.Entry{LR: 1})
	m.Schedule = "linear"
	if err := m.Validate(); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown schedule: %v", err)
	}
}
