package frame

import "math"

// schedules say by what share of itself a learning rate goes on when so much of the run is over, in [0,1). Who trains
// outside of a run, or after its last round, does so at the rate itself.
var schedules = map[string]func(progress float64) float64{
	"constant": func(float64) float64 { return 1 },
	"cosine":   func(progress float64) float64 { return (1 + math.Cos(math.Pi*progress)) / 2 },
}
