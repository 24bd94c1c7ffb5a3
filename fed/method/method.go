// Package method holds the federated methods, one file each, and the table of them.
package method

import (
	"strings"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Entry is one row of the table of methods.
type Entry struct {
	Name     string
	Doc      string
	Trains   bool         // whether the method has rounds at all
	Averages bool         // whether it has one global model
	Personal fed.Personal // how a client's own model predicts
	New      func(Options) fed.Method
}

// Methods is the table, in name order.
var Methods = []Entry{
	{"fedavg", "federated averaging of the module", true, true, fed.PersonalOwn, func(o Options) fed.Method { return FedAvg{o} }},
	{"fedpurel", "purified gradients for the global module, then a personal residual per client", true, true, fed.PersonalResidual, func(o Options) fed.Method { return FedPuReL{o} }},
	{"local", "every client trains alone", true, false, fed.PersonalOwn, func(o Options) fed.Method { return Local{o} }},
	{"zeroshot", "the frozen encoder as it is", false, true, fed.PersonalNone, nil},
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
	return Entry{}, fault.Usagef("method: unknown method %q; known: %s", name, strings.Join(Names(), ", "))
}
