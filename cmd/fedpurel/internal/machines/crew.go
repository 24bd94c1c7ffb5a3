package machines

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// crew are the processes of a federation on this machine, and who carries messages to the sites.
type crew struct {
	f       *federation
	program string // this program's file
	dir     string // of the sockets
	names   []string
	carrier wire.Carrier
	all     []*exec.Cmd // in the order in which they were started
}

// start starts all but the hub: a process for each site and, if there is Flower, what carries messages. Those that were
// started are returned with an error, too.
func start(ctx context.Context, f *federation) (*crew, error) {
	c := &crew{f: f}
	var err error
	if c.program, err = os.Executable(); err != nil {
		return c, fmt.Errorf("federate: this program's file: %w", err)
	}
	if c.dir, err = os.MkdirTemp("", "fedpurel-"); err != nil { // a socket's path has room for 100 characters
		return c, fmt.Errorf("federate: %w", err)
	}
	for _, s := range f.sites {
		c.names = append(c.names, s.Name)
	}
	if f.flower != "" {
		return c, c.overFlower(ctx)
	}
	sockets := wire.Sockets{}
	c.carrier = sockets
	for i := range f.sites {
		socket := c.socket(i)
		sockets[c.names[i]] = socket
		if err := c.site(ctx, i, "--socket", socket); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *crew) socket(i int) string { return fmt.Sprintf("%s/%d.sock", c.dir, i) }

// site starts the process of site i, which is asked as the options say.
func (c *crew) site(ctx context.Context, i int, asked ...string) error {
	s := c.f.sites[i]
	args := append([]string{
		"site", "--name", s.Name, "--cache", s.Dir, "--state", c.f.path("states", s.Name), "--share", string(shares),
		"--quiet",
	}, asked...)
	return c.run(ctx, os.Stderr, nil, c.program, args...)
}

// run starts a process, which ends with the context.
func (c *crew) run(ctx context.Context, log *os.File, env []string, program string, args ...string) error {
	x := exec.CommandContext(ctx, program, args...)
	x.Stdout, x.Stderr, x.Env = log, log, append(os.Environ(), env...)
	x.Cancel = func() error { return x.Process.Signal(syscall.SIGTERM) }
	x.WaitDelay = 10 * time.Second
	if err := x.Start(); err != nil {
		return fmt.Errorf("federate: %s: %w", filepath.Base(program), err)
	}
	c.all = append(c.all, x)
	return nil
}

// wait waits for their ends.
func (c *crew) wait() {
	for _, x := range c.all {
		_ = x.Wait() // they are ended by a signal
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir)
	}
}
