// Package machines has the commands of a federation over real machines: `hub`, `site`, and `federate`, which shows on
// one machine that it is the simulation.
package machines

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/hub"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/fed/wire/identity"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Hub is the command `hub`.
func Hub() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "hub",
		Usage: "the server of a federation over machines: sites' answers → run folder",
		Description: "The hub decides and averages as `fedpurel train` does, and asks the sites, each a " +
			"`fedpurel site` with a cache of its own; images, features, labels\nand personal parameters stay there. " +
			"All sites must answer once before round 1. One that is away later is left out of its rounds,\n" +
			"which rounds.jsonl says. Continue with --resume after whatever happened, here or at a site.\n" +
			"--sites NAME=SOCKET,… reaches sites on this machine; --sites NAME,… with --socket waits for Flower " +
			"(`flwr run tools/flower`) to carry messages.\n\n" +
			"Example: fedpurel hub --identity identity --sites north,south --socket hub.sock --method fedpurel " +
			"--out runs/federated",
		Flags: append(flags.Spec(func(name, group string) bool { return !flags.Dividing(name, group) }),
			append(connection(), &cli.StringFlag{Name: "out", Usage: "run `FOLDER`", Required: true},
				&cli.BoolFlag{Name: "resume", Usage: "continue an interrupted run"},
				flags.Quiet(), flags.Wide(), flags.JSON())...),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			return runHub(c)
		},
	})
}

// connection are the flags of how sites are reached.
func connection() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "identity", Usage: "`FOLDER` of what all sites share; see `fedpurel cache identity`",
			Required: true},
		&cli.StringFlag{Name: "sites", Usage: "`NAMES` of the sites between commas, or NAME=SOCKET", Required: true},
		&cli.StringFlag{Name: "socket", Usage: "`PATH` of the socket on which Flower's ServerApp finds the hub"},
		&cli.StringFlag{
			Name:  "class-counts",
			Usage: "`FILE` with the training images of each class, a number a line, where sites do not share theirs",
		},
		&cli.StringFlag{
			Name:  "test-cache",
			Usage: "`FOLDER` of a cache with test images of the hub's own, on which the global model is scored, too",
		},
		&cli.DurationFlag{Name: "join", Usage: "how long to wait for all sites in the beginning",
			Value: 10 * time.Minute},
		&cli.DurationFlag{Name: "deadline", Usage: "how long a site may take for a message, all tries together",
			Value: 10 * time.Minute},
		&cli.IntFlag{Name: "tries", Usage: "how often a message is sent", Value: 3},
		&cli.DurationFlag{Name: "pause", Usage: "between tries", Value: time.Second},
		&cli.IntFlag{Name: "min-sites", Usage: "of those that are asked, so many must answer", Value: 1},
	}
}

func runHub(c *cli.Context) error {
	given, err := flags.Given(c)
	if err != nil {
		return err
	}
	dir := c.String("identity")
	held, err := cache.OpenIdentity(dir)
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	given["cache"] = dir
	s, err := flags.Plugins.Spec(given.Over(lab.AtSites()))
	if err != nil {
		return err
	}
	own, err := ownTest(c.String("test-cache"), held)
	if err != nil {
		return err
	}
	if own != nil {
		defer own.Close() // read-only
	}
	names, carrier, err := reach(c)
	if err != nil {
		return err
	}
	b := shell.NewBar("training", "rounds", c.Bool("quiet"))
	defer b.Finish()
	o, err := hub.Run(c.Context, hub.Job{
		Spec: s, Identity: held.Cache, Sites: names, Dir: c.String("out"),
		Test: own, Carrier: carrier, Join: c.Duration("join"), Deadline: c.Duration("deadline"), Tries: c.Int("tries"),
		Pause: c.Duration("pause"), MinSites: c.Int("min-sites"), CountsFile: c.String("class-counts"),
		How: lab.How{
			Resume: c.Bool("resume"), Program: shell.Version(), Command: lab.Typed(os.Args), Date: shell.Today(),
			Observe: learning.Progress(b, 0, s.TotalRounds()), Notice: shell.Notes(c, c.Bool("quiet")),
		},
	})
	b.Finish()
	if err = ended(carrier, err); err != nil {
		return err
	}
	defer o.Close() // scratch
	if c.Bool("json") {
		return shell.PrintJSON(c, o.Result)
	}
	return learning.PrintRun(c, report.Run{Dir: c.String("out"), Result: *o.Result}, false)
}

// ownTest opens a cache of the hub's own, which fits what all share; without a name there is none.
func ownTest(dir string, shared *cache.Identity) (*cache.Cache, error) {
	if dir == "" {
		return nil, nil
	}
	own, err := cache.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := identity.Check(own, shared); err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return own, nil
}

// ended tells the carrier how the run ended.
func ended(carrier wire.Carrier, err error) error {
	if e, says := carrier.(interface{ End(error) }); says {
		e.End(err)
	}
	if closed := carrier.Close(); err == nil {
		err = closed
	}
	return err
}

// reach reads --sites, and says who carries messages.
func reach(c *cli.Context) (names []string, carrier wire.Carrier, err error) {
	sockets := wire.Sockets{}
	for _, part := range strings.Split(c.String("sites"), ",") {
		name, path, has := strings.Cut(strings.TrimSpace(part), "=")
		if name == "" || has && path == "" {
			return nil, nil, fault.Usagef("--sites %q: names between commas, each alone or as NAME=SOCKET",
				c.String("sites"))
		}
		if slices.Contains(names, name) {
			return nil, nil, fault.Usagef("--sites names %q twice", name)
		}
		names = append(names, name)
		if has {
			sockets[name] = path
		}
	}
	slices.Sort(names)
	for flag, d := range map[string]time.Duration{"join": c.Duration("join"), "deadline": c.Duration("deadline")} {
		if d <= 0 {
			return nil, nil, fault.Usagef("--%s %v must be positive, as 90s or 10m", flag, d)
		}
	}
	switch socket := c.String("socket"); {
	case c.Int("tries") < 1 || c.Duration("pause") < 0:
		return nil, nil, fault.Usagef("--tries must be at least 1, --pause not negative")
	case c.Int("min-sites") < 1 || c.Int("min-sites") > len(names):
		return nil, nil, fault.Usagef("--min-sites %d: from 1 to the %d sites", c.Int("min-sites"), len(names))
	case len(sockets) == len(names) && socket == "":
		return names, sockets, nil
	case len(sockets) == 0 && socket != "":
		carrier, err = flower(c, socket)
		return names, carrier, err
	}
	return nil, nil, fault.Usagef("hub: give every site as NAME=SOCKET, or none and --socket for Flower")
}
