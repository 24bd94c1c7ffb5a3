package machines

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/site"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/fed/wire/fleet"
	carrier "github.com/fedpurel/fedpurel/fed/wire/flower"
	"github.com/fedpurel/fedpurel/train/fault"
)

// flower listens on a socket for Flower's ServerApp.
func flower(c *cli.Context, path string) (wire.Carrier, error) {
	l, err := listen(path)
	if err != nil {
		return nil, err
	}
	say := func(string) {}
	if !c.Bool("quiet") {
		say = func(line string) { fmt.Fprintln(c.App.ErrWriter, "fedpurel: "+shell.OneLine(line)) }
		say("waiting for Flower on " + path + ": flwr run tools/flower --run-config 'hub-socket=\"" + path + "\"'")
	}
	return carrier.Serve(l, say), nil
}

// fleetFlags are those of a site that is a node of a SuperLink itself.
func fleetFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "superlink",
			Usage: "instead of --socket: `URL` of Flower's SuperLink (1.42.0), whose node the site is then, without " +
				"Flower; experimental",
		},
		&cli.StringFlag{Name: "key", Usage: "with --superlink: `FILE` of the site's private key, ECDSA P-384"},
		&cli.StringFlag{
			Name:  "root-certificates",
			Usage: "with --superlink: PEM `FILE` of who signed its certificate (default: who the system trusts)",
		},
	}
}

// join makes the site a node of a SuperLink, until Ctrl-C.
func join(c *cli.Context, s *site.Site) error {
	if c.String("key") == "" {
		return fault.Usagef("site --superlink needs --key FILE; " +
			"make one with `ssh-keygen -t ecdsa -b 384 -N \"\" -f FILE`")
	}
	observe := func(e fleet.Event) {
		if c.Bool("quiet") {
			return
		}
		line := ""
		switch e.Kind {
		case fleet.Active:
			line = fmt.Sprintf("site %s is node %d of %s", s.Name, e.Node, c.String("superlink"))
		case fleet.Waiting:
			line = fmt.Sprintf("the SuperLink is waited for: %v", e.Err)
		case fleet.Dropped:
			line = fmt.Sprintf("a message was dropped: %v", e.Err)
		case fleet.Answered:
			if e.Err == nil {
				return // the site says what it did
			}
			line = fmt.Sprintf("a message could not be read: %v", e.Err)
		}
		fmt.Fprintln(c.App.ErrWriter, "fedpurel: "+shell.OneLine(line))
	}
	err := fleet.Run(c.Context, fleet.Options{
		SuperLink: c.String("superlink"), Key: c.String("key"), RootCertificates: c.String("root-certificates"),
	}, s.Handle, observe)
	return errors.Join(err, s.Close())
}

// answer listens on a socket until Ctrl-C.
func answer(ctx context.Context, path string, s *site.Site) error {
	l, err := listen(path)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(wire.Serve(ctx, l, s.Handle, idle), s.Close())
}
