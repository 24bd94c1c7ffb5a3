// Package wire is what a hub and its sites say to each other in a federation over machines, and how it lies on a
// socket.
//
//	Frame     a head and named arrays; what travels, whoever carries it
//	Order     hub → site: hello, or the tasks of a round
//	Answer    site → hub: what came of each task, or one line that says what is wrong
//	Handler   a site, as whoever carries frames to it sees it
//	Carrier   brings a frame to a site and its answer back: Sockets here, others elsewhere
//
// A question is put at most once into a site's state: an order names the state that the hub counts on (Order.From), a
// site goes back to it before it begins, and keeps a state for each task until it is old. So an order that comes again,
// because its answer was lost or the hub went back to a checkpoint, gives the same bytes.
package wire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Version is that of heads and frames. Another one is refused; fields that are not known are ignored.
const Version = 1

// Operations of an order.
const (
	Hello = "hello" // say who you are
	Work  = "work"  // do the tasks
)

// Plan is what hub and sites must agree on, whole: a run is called by its hash.
type Plan struct {
	Settings json.RawMessage `json:"settings"` // the resolved spec
	Sites    []string        `json:"sites"`    // clients by number
	Identity string          `json:"identity"` // hash of what all sites share, see Identity.Sum
}

// Sum is the plan's hash.
func (p *Plan) Sum() string {
	data, err := json.Marshal(p)
	if err != nil {
		panic("wire: plan: " + err.Error()) // settings are a spec, or were read
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Order is the head of a frame from hub to site.
type Order struct {
	V      int    `json:"v"`
	Op     string `json:"op"`
	Run    string `json:"run,omitempty"`
	Plan   *Plan  `json:"plan,omitempty"`
	Client int    `json:"client"`         // the site's number
	From   string `json:"from,omitempty"` // the state to begin with, as the site called it; empty: none, the run begins
	Tasks  []Task `json:"tasks,omitempty"`
}

// Task is a stage that a client runs, or an evaluation.
type Task struct {
	Stage  string `json:"stage,omitempty"`
	Round  int    `json:"round"` // 0 is the first; of an evaluation, rounds finished, or −1: the frozen encoder
	Rounds int    `json:"rounds,omitempty"`
	Ask    int    `json:"ask"`
	Wait   bool   `json:"wait,omitempty"`
	// Evaluate is how thoroughly the state is to be evaluated: accuracy, divergence, full. Empty: it is a stage.
	Evaluate string `json:"evaluate,omitempty"`
	// Vectors are the question, or the state to evaluate: names of vectors and of the arrays that hold them.
	Vectors map[string]string `json:"vectors,omitempty"`
	// Subtract names the array that an evaluation takes off all logits; empty: none.
	Subtract string `json:"subtract,omitempty"`
}

// Answer is the head of a frame from site to hub.
type Answer struct {
	V       int    `json:"v"`
	Site    string `json:"site"`
	Program string `json:"program,omitempty"`
	Error   string `json:"error,omitempty"` // one line
	Refused bool   `json:"refused,omitempty"`
	// Of a hello:
	Train    int       `json:"train,omitempty"` // images
	Test     int       `json:"test,omitempty"`
	Data     string    `json:"data,omitempty"` // hash of the site's own cache: it must stay
	Identity *Identity `json:"identity,omitempty"`
	Share    string    `json:"share,omitempty"`
	// Of a hello, as far as the site shares it: images by class, and the classes of its test images in order.
	TrainCounts []int   `json:"train_counts,omitempty"`
	TestCounts  []int   `json:"test_counts,omitempty"`
	TestLabels  []int32 `json:"test_labels,omitempty"`
	// Of work, one for each task:
	Done []Done `json:"done,omitempty"`
}

// Done is what came of a task.
type Done struct {
	Vectors map[string]string `json:"vectors,omitempty"` // the answer
	Meters  map[string]Meter  `json:"meters,omitempty"`  // diagnostics
	State   string            `json:"state,omitempty"`   // what the site calls its state after this task
	Tallies json.RawMessage   `json:"tallies,omitempty"` // of an evaluation
}

// Meter is a fed.Meter, whose sum may be no number.
type Meter struct {
	Sum metric.Num `json:"sum"`
	N   int        `json:"n"`
}

// Handler answers frames. It does not fail: an Answer says what is wrong.
type Handler func(ctx context.Context, order Frame) (answer Frame)

// Carrier brings frames to sites.
type Carrier interface {
	// Do brings an order to a site and its answer back, within the context's time. Several goroutines may call it, for
	// different sites. An error means that the order may or may not have reached the site, and may be put again.
	Do(ctx context.Context, site string, order Frame) (Frame, error)
	Close() error
}
