package learning

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/method"
	watching "github.com/fedpurel/fedpurel/fed/report/watch"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Watch is the command `watch`.
func Watch() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "watch",
		Usage:     "a page of runs while they train, served to this machine alone",
		ArgsUsage: "RUN|DIR…",
		Description: "The page shows how far training is, how long it will take, and its curves so far; it follows " +
			"the files that training writes and\n" +
			"changes none. Only this machine can open it. A folder is searched for runs, also for those that begin " +
			"later. Ctrl-C ends it.\n\n" +
			"Example: fedpurel watch runs",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "port", Usage: "`PORT` of 127.0.0.1", DefaultText: "one that is free"},
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1<<20, "run folders, or folders of them"); err != nil {
				return err
			}
			port := c.Int("port")
			if port < 0 || port > 65535 {
				return fault.Usagef("--port %d is not from 0 to 65535", port)
			}
			runs, err := watching.Open(titleOf, c.Args().Slice()...)
			if err != nil {
				return err
			}
			listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				return fmt.Errorf("watch: %w; another --port may be free", err)
			}
			defer listener.Close()
			if _, err := fmt.Fprintf(c.App.Writer, "http://%s/  (Ctrl-C ends it)\n", listener.Addr()); err != nil {
				return err
			}
			return serve(c.Context, listener, runs.Handler(time.Now))
		},
	})
}

// serve answers until ctx ends, which is how this command ends well.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("watch: %w", err)
	}
	return nil
}

// titleOf is a method's name as papers write it.
func titleOf(name string) string {
	if entry, err := method.Find(name); err == nil && entry.Title != "" {
		return entry.Title
	}
	return name
}
