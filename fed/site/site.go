// Package site is a client of a federation over machines: a process that has its own images' features and its own
// parameters, and answers what a hub asks. What leaves it are a method's messages, diagnostics, and of evaluations what
// it shares; images, features, labels and what the client keeps stay.
//
// A site decides what it answers: it knows its name, its classes and its encoder, the methods it allows, and how much
// it shares. What does not fit is refused in one line, and costs the site nothing.
package site

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Levels of what a site says of its data beside a method's messages; each includes those before it.
var Levels = []eval.Share{eval.ShareNone, eval.ShareScore, eval.ShareCounts, eval.ShareHits}

// Options say whose process this is, and what it answers.
type Options struct {
	Name     string // of the site
	Cache    string // folder of its own cache
	State    string // folder of what it keeps, by run
	Identity wire.Identity
	Data     string // fingerprint of the cache
	Images   Images

	Share     eval.Share
	MinClass  int      // classes with fewer test images are left out of counts
	Methods   []string // that are answered; empty: all
	MaxRounds int      // of a run; 0: any number
	Tables    lab.Tables
	How       lab.How      // Workers, NoVerify, Program, Date
	Observe   func(string) // hears a line for each order; may be nil
}

// Images counts the site's own.
type Images struct {
	Train, Test             int
	TrainCounts, TestCounts []int
	TestLabels              []int32
}

// Site answers orders. Its Handle is a wire.Handler; orders come one at a time. Close it after use.
type Site struct {
	Options
	at *run // that was asked last; nil: none
}

// New checks the options.
func New(o Options) (*Site, error) {
	switch {
	case o.Name == "":
		return nil, fault.Usagef("site: a site needs a name; give --name")
	case o.MinClass < 0 || o.MaxRounds < 0:
		return nil, fault.Usagef("site: --min-class and --max-rounds must not be negative")
	}
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	return &Site{Options: o}, nil
}

// Close gives back what the last run holds.
func (s *Site) Close() error {
	if s.at == nil {
		return nil
	}
	err := s.at.close()
	s.at = nil
	return err
}

// shares reports whether the site shares as much as a level.
func (s *Site) shares(level eval.Share) bool {
	return slices.Index(Levels, s.Share) >= slices.Index(Levels, level)
}

// Handle answers an order.
func (s *Site) Handle(ctx context.Context, f wire.Frame) wire.Frame {
	var pack wire.Packer
	answer, err := s.answer(ctx, f, &pack)
	if err != nil {
		answer = wire.Answer{Error: oneLine(err), Refused: fault.KindOf(err) != fault.Failure}
		pack = wire.Packer{}
		s.Observe(answer.Error)
	}
	answer.V, answer.Site, answer.Program = wire.Version, s.Name, s.How.Program
	out, err := wire.New(answer, pack.Arrays)
	if err != nil {
		out, _ = wire.New(wire.Answer{V: wire.Version, Site: s.Name, Error: oneLine(err), Refused: true}, nil)
	}
	return out
}

func (s *Site) answer(ctx context.Context, f wire.Frame, pack *wire.Packer) (a wire.Answer, err error) {
	var o wire.Order
	if err := f.Of(&o); err != nil {
		return a, err
	}
	if o.V != wire.Version {
		return a, fault.Usagef("site %q speaks version %d, the hub version %d: use one program version", s.Name,
			wire.Version, o.V)
	}
	switch o.Op {
	case wire.Hello:
		return s.hello(), nil
	case wire.Work:
		return s.work(ctx, &o, f, pack)
	}
	return a, fault.Usagef("site %q knows no operation %.40q", s.Name, o.Op)
}

// hello says who the site is, and of its images what it shares. How many it trains on weighs its answers: it is always
// said.
func (s *Site) hello() wire.Answer {
	a := wire.Answer{
		Train: s.Images.Train, Test: s.Images.Test, Data: s.Data, Identity: &s.Identity, Share: string(s.Share),
	}
	if s.shares(eval.ShareCounts) {
		a.TrainCounts, a.TestCounts = s.Images.TrainCounts, thinned(s.Images.TestCounts, s.MinClass)
	}
	if s.shares(eval.ShareHits) {
		a.TestLabels = s.Images.TestLabels
	}
	return a
}

// thinned are counts without those of small classes.
func thinned(counts []int, least int) []int {
	out := slices.Clone(counts)
	for c, n := range out {
		if n < least {
			out[c] = 0
		}
	}
	return out
}

// work does an order's tasks, one after the other.
func (s *Site) work(ctx context.Context, o *wire.Order, f wire.Frame, pack *wire.Packer) (a wire.Answer, err error) {
	r, err := s.run(ctx, o)
	if err != nil {
		return a, err
	}
	if err := r.goTo(o.From); err != nil {
		return a, err
	}
	for i := range o.Tasks {
		done, err := r.do(ctx, &o.Tasks[i], f, pack)
		if err != nil {
			return a, err
		}
		a.Done = append(a.Done, done)
	}
	return a, r.prune(o)
}

// run is the run that an order is of. Another than the last one is opened in its place.
func (s *Site) run(ctx context.Context, o *wire.Order) (*run, error) {
	if o.Plan == nil {
		return nil, fault.Usagef("site %q: an order without a plan", s.Name)
	}
	if got := o.Plan.Sum(); got != o.Run {
		return nil, fault.Usagef("site %q: the plan is not that of run %.40q", s.Name, o.Run)
	}
	if s.at != nil && s.at.id == o.Run && s.at.place.Client == o.Client {
		return s.at, nil
	}
	if err := s.fits(o); err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	r, err := s.open(ctx, o)
	if err != nil {
		return nil, err
	}
	s.at = r
	return r, nil
}

// fits refuses a run that is not this site's.
func (s *Site) fits(o *wire.Order) error {
	p := o.Plan
	if o.Client < 0 || o.Client >= len(p.Sites) || p.Sites[o.Client] != s.Name {
		return fault.Usagef("site %q is asked as client %d of %.200q", s.Name, o.Client, p.Sites)
	}
	if p.Identity != s.Identity.Sum() {
		return fault.Usagef("site %q has another encoder, class list or preprocessing than the run; "+
			"`fedpurel site --check IDENTITY` says what differs", s.Name)
	}
	var spec struct {
		Method string
		Rounds int
	}
	if err := json.Unmarshal(p.Settings, &spec); err != nil {
		return fault.Corruptf("site %q: the plan's spec: %v", s.Name, err)
	}
	if len(s.Methods) > 0 && !slices.Contains(s.Methods, spec.Method) {
		return fault.Usagef("site %q does not allow --method %.40s; it allows %v", s.Name, spec.Method, s.Methods)
	}
	if s.MaxRounds > 0 && spec.Rounds > s.MaxRounds {
		return fault.Usagef("site %q allows %d rounds at most, the run has %d", s.Name, s.MaxRounds, spec.Rounds)
	}
	return nil
}

// oneLine is an error as one line of bounded length.
func oneLine(err error) string {
	text := []rune(fmt.Sprint(err))
	for i, c := range text {
		if c < ' ' {
			text[i] = ' '
		}
	}
	const most = 500
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return string(text)
}
