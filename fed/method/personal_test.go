package method_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method/frame"
)

// What is private is neither sent to clients nor counted where it is sent for the global figures: every round costs the
// averaged part, there and back. Drift is the averaged part's, too.
func TestPrivatePartsCostNothing(t *testing.T) {
	for _, c := range []struct{ method, private string }{
		{"fedper", "head"}, {"fedper", "B, head"}, {"fedper", ""}, {"fedper", "A,B,head"},
	} {
		p := fedtest.New(t, 5)
		averaged := frame.Private{Names: c.private}.Averaged(p.Module(t, "lora-head"))
		o := run(t, p, "lora-head", fedtest.Method(t, c.method, `{"private": "`+c.private+`"}`), 3, 0.5)
		for _, rec := range o.Records {
			if want := int64(2 * len(rec.Cohort) * averaged.Count()); rec.Floats != want {
				t.Errorf("%s, %q private: %d floats, want %d", c.method, c.private, rec.Floats, want)
			}
			if drifts := rec.Diagnosis["drift"] > 0; drifts != (averaged.Count() > 0) {
				t.Errorf("%s, %q private: drift is %v", c.method, c.private, rec.Diagnosis["drift"])
			}
		}
	}
}
