package machines

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// crew are the processes of the sites.
type crew struct {
	names   []string
	sockets wire.Sockets
	sites   []*exec.Cmd
	dir     string // of the sockets
}

// start starts a process for each site, which ends with the context. Those that were started are returned with an
// error, too.
func start(ctx context.Context, f *federation) (*crew, error) {
	all := &crew{sockets: wire.Sockets{}}
	program, err := os.Executable()
	if err != nil {
		return all, fmt.Errorf("federate: this program's file: %w", err)
	}
	if all.dir, err = os.MkdirTemp("", "fedpurel-"); err != nil { // a socket's path has room for 100 characters
		return all, fmt.Errorf("federate: %w", err)
	}
	for i, s := range f.sites {
		socket := fmt.Sprintf("%s/%d.sock", all.dir, i)
		all.names, all.sockets[s.Name] = append(all.names, s.Name), socket
		x := exec.CommandContext(ctx, program, "site", "--name", s.Name, "--cache", s.Dir,
			"--state", f.path("states", s.Name), "--socket", socket, "--share", string(shares), "--quiet")
		x.Stderr = os.Stderr
		x.Cancel = func() error { return x.Process.Signal(syscall.SIGTERM) }
		x.WaitDelay = 10 * time.Second
		if err := x.Start(); err != nil {
			return all, fmt.Errorf("federate: site %s: %w", s.Name, err)
		}
		all.sites = append(all.sites, x)
	}
	return all, nil
}

// wait waits for their ends.
func (c *crew) wait() {
	for _, x := range c.sites {
		_ = x.Wait() // they are ended by a signal
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir)
	}
}
