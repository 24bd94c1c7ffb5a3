package fed

import (
	"context"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Transport carries the server's questions to clients and their answers back. In a simulation it is a Home; it may as
// well be a network. Ask may be called by several goroutines, for different clients.
type Transport interface {
	// Ask puts one question. What nobody waits for may be held back until the client's next question or until Settle;
	// its reply is then Late, and comes with Settle.
	Ask(ctx context.Context, call Call) Reply
	// Settle waits for everything that was held back in a round, and returns its late replies, ordered by ask and
	// client.
	Settle(ctx context.Context, round int) ([]Late, error)
	// End closes the round that was settled last: what clients kept in it becomes lasting. Or what they kept since the
	// last round that was kept is forgotten.
	End(keep bool) error
}

// Lagging is a transport on which what is held back in a round, and the evaluation of the state after it, ride on the
// questions of the next round. So a round is settled when the next one's asks are answered, or have failed: then what
// rode on them is to be sent again. Where there is no next round, and where the run is to stop, it is settled at once,
// in a context that is not cancelled.
type Lagging interface {
	Transport
	// Begin comes before a round's first ask, and names its cohort: what is held for others is sent at once. It need
	// not wait for what comes of it. The round may be one that clients have begun before: then they begin it anew.
	Begin(ctx context.Context, round int, cohort []int) error
}

// Call is one question to one client.
type Call struct {
	Round    int // 0 is the first
	Rounds   int // of the run, without extra ones; 0: the client is asked outside of a run
	Ask      int // number of the ask within the round, from 0
	Client   int
	Stage    string
	Question Message
	Wait     bool // the server uses the answer
}

// Reply is what a client's stage came to.
type Reply struct {
	Answer   Message          // to be read only, and until Release
	Observed map[string]Meter // diagnostics
	Steps    []Step           // if the run is traced
	Err      error            // the first thing that went wrong
	Absent   error            // why the client is not there, nil if it is; the run goes on without it
	Held     bool             // the stage has not run yet: the reply comes late
	release  func()
}

// Release gives the memory of the answer back.
func (r Reply) Release() {
	if r.release != nil {
		r.release()
	}
}

// Late is a reply that was held back, with its call.
type Late struct {
	Call
	Reply
}

// Meter averages one diagnostic over everything that is observed.
type Meter struct {
	Sum float64
	N   int
}

func (m Meter) plus(o Meter) Meter { return Meter{m.Sum + o.Sum, m.N + o.N} }

// Step is what one optimizer step was taken on, or what else was drawn, for a replay elsewhere.
type Step struct {
	Round  int // 0 is the first
	Client int // or Server
	Stage  uint64
	Step   int
	Rows   []int      // of the training split; of the server, what the method numbers
	Views  []int      // of each row; nil: the plain ones
	Mask   f32.Matrix // dropout factors, if the module drops
	Drawn  f32.Matrix // numbers that were drawn
}

// Server is the client of a step that is the server's own.
const Server = -1
