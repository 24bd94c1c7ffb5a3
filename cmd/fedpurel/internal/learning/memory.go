package learning

import (
	"os"
	"runtime/debug"

	"github.com/fedpurel/fedpurel/train/peft"
)

// inTower is by how many percent memory may grow, while a module inside the encoder trains, before it is gathered. What
// steps there leave are few arrays of tens of megabytes without pointers: gathering them costs next to nothing, and
// Go's usual 100 % would double what a run takes.
const inTower = 10

// lean sets that for a run on a module, unless the user has set GOGC. The end of the run sets it back.
func lean(module string) (end func()) {
	e, err := peft.Find(module)
	if err != nil || e.Inside == peft.Outside || os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(inTower)
	return func() { debug.SetGCPercent(before) }
}
