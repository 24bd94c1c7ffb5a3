package hub

import "time"

// SetFarewell shortens how long sites may take when a run is to stop, and returns what undoes it.
func SetFarewell(d time.Duration) (undo func()) {
	before := farewell
	farewell = d
	return func() { farewell = before }
}
