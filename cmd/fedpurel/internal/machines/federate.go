package machines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/caches"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/hub"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Federate is the command `federate`.
func Federate() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "federate",
		Usage: "see on one machine that a federation is the simulation: cut a cache, run both, compare",
		Description: "Cuts the cache into sites as `fedpurel cache cut` does, starts a process for each, runs the " +
			"hub over them, and `fedpurel train` on the same images in one cache.\n" +
			"Both lie in OUT/runs; it ends with 3 if one number of theirs differs. What is there already is used " +
			"again: it may be interrupted, and continued with the same command.\n\n" +
			"Example: fedpurel federate --cache cache --sites 3 --rounds 20 --out federation",
		Flags: append(flags.Spec(func(name, _ string) bool { return !slices.Contains(settled, name) }),
			&cli.IntFlag{Name: "sites", Usage: "number of sites, where the data names none", Value: 3},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for caches, states and runs", Required: true},
			&cli.StringFlag{
				Name: "flower", Usage: "`FOLDER` with Flower's programs, or none (default: those of PATH, else " +
					"sockets)",
			},
			flags.NoVerify(), flags.Quiet(), flags.Wide(),
		),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			given, err := flags.Given(c)
			if err != nil {
				return err
			}
			switch {
			case given["cache"] == nil || c.Int("sites") < 1:
				return fault.Usagef("federate needs --cache DIR and at least one site")
			case slices.ContainsFunc(settled, func(name string) bool { return given[name] != nil }):
				return fault.Usagef("federate: a spec's clients, unseen and label are not read: all clients are " +
					"sites, as many as --sites says, and the two runs have labels of their own")
			}
			f := &federation{
				Context: c, given: given, out: c.String("out"), say: shell.Notes(c, c.Bool("quiet")),
			}
			if f.flower, err = findFlower(c.String("flower")); err != nil {
				return err
			}
			return f.run()
		},
	})
}

// settled are options that a federation on one machine settles itself.
var settled = []string{"clients", "unseen", "label"}

// The two runs.
const (
	simulation = "simulation"
	federated  = "federated"
)

// federation is one under way on this machine.
type federation struct {
	*cli.Context
	given  lab.Settings
	out    string
	sites  []cache.Site
	named  bool // the sites' images name clients of their own
	say    func(string)
	flower string // folder of Flower's programs; empty: sockets carry messages
}

func (f *federation) path(name ...string) string {
	return filepath.Join(append([]string{f.out}, name...)...)
}

// how is how both runs are executed, and the cache is cut. What all have to say is said once.
func (f *federation) how() lab.How {
	return lab.How{
		Resume: true, Program: shell.Version(), Command: lab.Typed(os.Args), Date: shell.Today(),
		NoVerify: f.Bool("no-verify"), Notice: f.say,
	}
}

func (f *federation) run() error {
	if err := f.cut(); err != nil {
		return err
	}
	if err := f.simulate(); err != nil {
		return err
	}
	if err := f.overSites(); err != nil {
		return err
	}
	differ, err := hub.Same(flags.Plugins, f.path("runs", federated), f.path("runs", simulation))
	if err != nil {
		return err
	}
	runs, _, err := report.Load(f.path("runs"))
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := learning.PrintRun(f.Context, r, false); err != nil {
			return err
		}
	}
	by := "sockets"
	if f.flower != "" {
		by = "Flower"
	}
	if differ != "" {
		return fault.Errorf(fault.Expectation, "the federation is not the simulation: %s", differ)
	}
	_, err = fmt.Fprintf(f.App.Writer,
		"equal: every number of the federation over %d sites, by %s, is that of the simulation\n",
		len(f.sites), by)
	return err
}

// cut makes the sites' caches, the one of all for the simulation, and what they share.
func (f *federation) cut() error {
	division, _ := f.divided()
	division["method"] = "zeroshot"
	s, err := flags.Plugins.Spec(division)
	if err == nil && s.Partition != "natural" && division["partition_file"] == nil {
		division["clients"] = f.Int("sites")
		s, err = flags.Plugins.Spec(division)
	}
	if err != nil {
		return err
	}
	pieces, err := f.how().Cut(f.Context.Context, s, lab.Cutting{Out: f.path("sites"), Versions: caches.Versions()})
	if err != nil {
		return err
	}
	for _, p := range pieces {
		f.sites = append(f.sites, cache.Site{Name: p.Name, Dir: p.Dir})
		for _, split := range p.Manifest.Splits {
			f.named = f.named || split.Clients != nil
		}
	}
	slices.SortFunc(f.sites, func(a, b cache.Site) int { return strings.Compare(a.Name, b.Name) })
	_, _, err = cache.MergeSites(f.Context.Context, f.path("whole"), f.sites, caches.Versions(), nil)
	if err != nil && !errors.Is(err, cache.ErrComplete) {
		return err
	}
	if _, err := os.Stat(f.path("identity", cache.ManifestFile)); err == nil {
		return nil
	}
	held, err := cache.Map(f.path("whole"))
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	curvatures, err := flags.Plugins.Curvatures(held.Dir)
	if err != nil {
		return err
	}
	_, err = held.Share(f.path("identity"), curvatures)
	return err
}

// spec is what both runs train by, on a cache or an identity.
func (f *federation) spec(dir, label string) (lab.Spec, error) {
	_, all := f.divided()
	all["cache"], all["label"] = dir, label
	if label == simulation && f.named { // sites are the clients, also where their images name others
		all["client_pattern"] = "^([^/]+)/"
	}
	return flags.Plugins.Spec(all.Over(lab.AtSites()))
}

func (f *federation) simulate() error {
	s, err := f.spec(f.path("whole"), simulation)
	if err != nil {
		return err
	}
	b := shell.NewBar("simulation", "rounds", f.Bool("quiet"))
	defer b.Finish()
	how := f.how()
	how.Observe = learning.Progress(b, 0, s.TotalRounds())
	_, err = lab.Run(f.Context.Context, s, f.path("runs", simulation), how)
	return err
}

// overSites starts the sites, and runs the hub over them.
func (f *federation) overSites() error {
	s, err := f.spec(f.path("identity"), federated)
	if err != nil {
		return err
	}
	held, err := cache.OpenIdentity(f.path("identity"))
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	ctx, stop := context.WithCancel(f.Context.Context)
	crew, err := start(ctx, f)
	defer crew.wait()
	defer stop()
	if err != nil {
		return err
	}
	b := shell.NewBar("federation", "rounds", f.Bool("quiet"))
	defer b.Finish()
	how := f.how()
	how.Observe = learning.Progress(b, 0, s.TotalRounds())
	o, err := hub.Run(ctx, hub.Job{
		Spec: s, Identity: held.Cache, Sites: crew.names,
		Dir:     f.path("runs", federated),
		Carrier: crew.carrier, Join: time.Minute, Deadline: 10 * time.Minute, Tries: 3, Pause: 100 * time.Millisecond,
		MinSites: len(crew.names), How: how,
	})
	if err = ended(crew.carrier, err); err != nil {
		return err
	}
	return o.Close()
}

// shares is what the sites of this machine say: all of it, so that every number can be compared.
const shares = eval.ShareHits

// divided parts what was given: who owns which image, of the cache, and all else.
func (f *federation) divided() (these, others lab.Settings) {
	these, others = flags.Plugins.Dividing(f.given)
	these["cache"] = f.given["cache"]
	return these, others
}
