package machines

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/site"
	"github.com/fedpurel/fedpurel/fed/wire/identity"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Site is the command `site`.
func Site() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "site",
		Usage: "a client of a federation over machines: answers a hub from a cache of its own",
		Description: "What leaves the site are the method's parameters, sums of diagnostics, how many images it " +
			"trains on, and of its test images what --share says:\n" +
			"hits: which are right, and their classes · counts: images by class, and how many are right · score: how " +
			"many are right · none.\nParameters say something of the images, too; see README. " +
			"What the site keeps lies in --state, by run, and is an ordinary run folder\nonce the run has ended: " +
			"`fedpurel predict STATE/RUN --client NAME`. Ctrl-C ends it; it may come up again at any time.\n" +
			"--check IDENTITY says whether the cache fits a federation, and stops.\n\n" +
			"Example: fedpurel site --name north --cache cache --state own --socket north.sock",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "of the site"},
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of the site's cached features", Required: true},
			&cli.StringFlag{Name: "state", Usage: "`FOLDER` for what the site keeps, by run"},
			&cli.StringFlag{Name: "socket", Usage: "`PATH` of the socket to listen on"},
			&cli.StringFlag{Name: "check", Usage: "compare the cache with this identity's `FOLDER`, and stop"},
			&cli.StringFlag{Name: "share", Usage: "what is said of its images: hits, counts, score or none",
				Value: string(eval.ShareCounts)},
			&cli.IntFlag{Name: "min-class", Usage: "classes with fewer test images are left out of counts"},
			&cli.StringFlag{Name: "allow-methods", Usage: "`METHODS` between commas that are answered (default: all)"},
			&cli.IntFlag{Name: "max-rounds", Usage: "of a run that is answered (0: any number)"},
			flags.NoVerify(), flags.Quiet(),
		}, fleetFlags()...),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			if c.String("check") != "" {
				return check(c)
			}
			return serve(c)
		},
	})
}

// check compares the cache with an identity.
func check(c *cli.Context) error {
	answering := append([]string{"name", "state", "socket", "share", "min-class", "allow-methods", "max-rounds"},
		shell.Names(fleetFlags())...)
	if err := shell.Unread(c, "is of a site that answers: --check compares, and stops", answering...); err != nil {
		return err
	}
	held, err := cache.Map(c.String("cache"))
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	if !c.Bool("no-verify") {
		if err := held.Check(c.Context); err != nil {
			return err
		}
	}
	want, err := cache.OpenIdentity(c.String("check"))
	if err != nil {
		return err
	}
	defer want.Close() // read-only
	if err := identity.Check(held, want); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s fits: %d classes, %d coordinates\n", held.Dir, len(held.Manifest.Classes),
		held.Manifest.Dim)
	return err
}

// idle is how long a connection to a site may say nothing.
const idle = time.Hour

// serve answers until Ctrl-C.
func serve(c *cli.Context) error {
	link, path := c.String("superlink"), c.String("socket")
	for _, name := range []string{"name", "state"} {
		if c.String(name) == "" {
			return fault.Usagef("site needs --name and --state (or --check): --%s is missing", name)
		}
	}
	switch {
	case (link == "") == (path == ""):
		return fault.Usagef("site: say where it is asked, by --socket PATH or by --superlink URL")
	case link == "":
		if err := shell.Unread(c, "is of --superlink, which is missing", "key", "root-certificates"); err != nil {
			return err
		}
	}
	o, err := described(c)
	if err != nil {
		return err
	}
	s, err := site.New(o)
	if err != nil {
		return err
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "fedpurel: site %s answers on %s: %d training and %d test images, shares %s "+
			"(Ctrl-C ends it)\n", o.Name, cmp.Or(path, link), o.Images.Train, o.Images.Test, o.Share)
	}
	if link != "" {
		return join(c, s)
	}
	return answer(c.Context, path, s)
}

// described are the options of a site.
func described(c *cli.Context) (site.Options, error) {
	o, err := site.Described(c.Context, c.String("cache"), c.Bool("no-verify"))
	if err != nil {
		return o, err
	}
	if o.Share, err = eval.ParseShare(c.String("share")); err != nil {
		return o, err
	}
	o.Name, o.State = c.String("name"), c.String("state")
	o.MinClass, o.MaxRounds, o.Tables = c.Int("min-class"), c.Int("max-rounds"), flags.Plugins
	if names := c.String("allow-methods"); names != "" {
		for _, name := range strings.Split(names, ",") {
			name = strings.TrimSpace(name)
			if !slices.Contains(methodNames(), name) {
				return o, fault.Unknown("--allow-methods: unknown method", name, methodNames())
			}
			o.Methods = append(o.Methods, name)
		}
	}
	o.How = lab.How{Workers: 1, Program: shell.Version(), Date: shell.Today(), NoVerify: true} // Described compared it
	if !c.Bool("quiet") {
		o.Observe = func(line string) { fmt.Fprintln(c.App.ErrWriter, "fedpurel: "+shell.OneLine(line)) }
	}
	return o, nil
}

func methodNames() (all []string) {
	for _, e := range flags.Plugins.Methods {
		all = append(all, e.Name)
	}
	return all
}

// listen opens a socket that only this user and its group reach. One that a process left behind is replaced, one that
// is answered is not.
func listen(path string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = c.Close()
		return nil, fault.Usagef("--socket %s: another process listens there", path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, fault.Usagef("--socket %s is a file that is no socket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("--socket: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("--socket: %w", err)
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("--socket %s: %w; a path of at most 100 characters is needed", path, err)
	}
	return l, os.Chmod(path, 0o660)
}
