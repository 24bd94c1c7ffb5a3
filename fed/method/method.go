// Package method holds the federated methods, one file each, and the table of them. Take one by its constructor, or by
// its name from the table, change its options, and hand it to fed.Run or name it in lab's settings.
//
// A method is a struct: its tagged fields are its options, and its methods are its two sides. Those that many methods
// share, Training above all, are embedded.
package method

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Method is a federated method with its options.
type Method interface {
	fed.Method
	// Validate reports the first option out of range.
	Validate() error
}

// Entry is one row of the table of methods.
type Entry struct {
	Name string
	Doc  string
	Head bool // needs a module with a trainable head
	// New returns a pointer to the method with its default options, for a module. nil: the method has no rounds.
	New func(peft.Entry) Method
}

// Methods is the table, in name order.
var Methods = []Entry{
	{"ditto", "FedAvg, and a model of each client's own held near the global one", false,
		func(m peft.Entry) Method { return &Ditto{FedAvg: *NewFedAvg(m), Lambda: 1} }},
	{"fedavg", "federated averaging of the module", false,
		func(m peft.Entry) Method { return NewFedAvg(m) }},
	{"fedper", "FedAvg of the body; every client has a head of its own", true,
		func(m peft.Entry) Method { return &FedPer{FedAvg: *NewFedAvg(m), Private: Private{"head"}} }},
	{"fedprox", "FedAvg with clients held near the model that they were sent", false,
		func(m peft.Entry) Method { return &FedProx{FedAvg: *NewFedAvg(m), Mu: 0.01} }},
	{"fedpurel", "purified gradients for the global module, then a personal residual per client", false,
		func(m peft.Entry) Method { return NewFedPuReL(m) }},
	{"local", "every client trains alone", false,
		func(m peft.Entry) Method { return &Local{Training: training(m), Start: Start{"initial"}} }},
	{"scaffold", "FedAvg with control variates against client drift", false,
		func(m peft.Entry) Method { return &Scaffold{Training: plain(m), ServerLR: 1} }},
	{"zeroshot", "the frozen encoder as it is", false, nil},
}

// Names lists the methods.
func Names() []string {
	var names []string
	for _, e := range Methods {
		names = append(names, e.Name)
	}
	return names
}

// Find returns the entry called name; an unknown name is an error that lists the known ones.
func Find(name string) (Entry, error) {
	for _, e := range Methods {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, fault.Unknown("method: unknown method", name, Names())
}
