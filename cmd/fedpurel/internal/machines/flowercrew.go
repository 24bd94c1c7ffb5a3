package machines

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	carrier "github.com/fedpurel/fedpurel/fed/wire/flower"
	flowerapp "github.com/fedpurel/fedpurel/tools/flower"
	"github.com/fedpurel/fedpurel/train/fault"
)

// flowerVersion is the one that the app and `site --superlink` are tested with.
const flowerVersion = "1.42.0"

// findFlower is the folder of Flower's programs: the one that is named or, for none, that of PATH; empty where there is
// no Flower, or where it is not wanted.
func findFlower(named string) (string, error) {
	switch named {
	case "none":
		return "", nil
	case "":
		path, err := exec.LookPath("flower-superlink")
		if err != nil {
			return "", nil
		}
		return filepath.Dir(path), nil
	}
	for _, program := range []string{"flower-superlink", "flower-supernode", "flwr"} {
		if _, err := exec.LookPath(filepath.Join(named, program)); err != nil {
			return "", fault.Missingf("federate: --flower %s has no program %s; `pip install flwr==%s` into a virtual "+
				"environment, and name its folder bin", named, program, flowerVersion)
		}
	}
	return filepath.Abs(named)
}

// overFlower starts a SuperLink with TLS and keys, and the sites as its nodes: each behind a SuperNode but for the
// last, if there are several, which is a node by itself.
func (c *crew) overFlower(ctx context.Context) error {
	dir, err := filepath.Abs(c.f.path("flower"))
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil { // of before: keys and nodes are made anew
		return fmt.Errorf("federate: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o700); err != nil {
		return fmt.Errorf("federate: %w", err)
	}
	if err := papers(dir); err != nil {
		return err
	}
	ports, err := freePorts(1 + len(c.names))
	if err != nil {
		return err
	}
	link := "127.0.0.1:" + strconv.Itoa(ports[0])
	fl := &flowerLink{c, dir, link, filepath.Join(dir, "ca.crt")}
	config := fmt.Sprintf("[superlink]\ndefault = \"hub\"\n\n[superlink.hub]\naddress = %q\nroot-certificates = %q\n",
		link, fl.ca)
	if err := os.WriteFile(filepath.Join(dir, "home", "config.toml"), []byte(config), 0o600); err != nil {
		return fmt.Errorf("federate: %w", err)
	}
	if err := os.CopyFS(filepath.Join(dir, "app"), flowerapp.Files()); err != nil {
		return fmt.Errorf("federate: %w", err)
	}
	err = fl.start(ctx, "superlink", "flower-superlink", "--host", "127.0.0.1", "--port", strconv.Itoa(ports[0]),
		"--database", filepath.Join(dir, "link.db"), "--enable-supernode-auth",
		"--ssl-certfile", filepath.Join(dir, "server.crt"), "--ssl-keyfile", filepath.Join(dir, "server.key"),
		"--ssl-ca-certfile", fl.ca, "--disable-runtime-dependency-installation")
	if err != nil {
		return err
	}
	if err := fl.reached(ctx); err != nil {
		return err
	}
	for i := range c.names {
		if err := fl.node(ctx, i, ports[1+i]); err != nil {
			return err
		}
	}
	socket := c.dir + "/hub.sock"
	l, err := listen(socket)
	if err != nil {
		return err
	}
	c.carrier = carrier.Serve(l, shell.Notes(c.f.Context, c.f.Bool("quiet")))
	return fl.start(ctx, "run", "flwr", "run", filepath.Join(dir, "app"), "hub", "--stream",
		"--run-config", fmt.Sprintf("hub-socket=%q", socket))
}

// flowerLink is a SuperLink on this machine.
type flowerLink struct {
	*crew
	dir  string
	link string // host and port
	ca   string // who signed its certificate
}

// env keeps Flower's files here, and Flower from the network.
func (l *flowerLink) env() []string {
	return []string{
		"FLWR_HOME=" + filepath.Join(l.dir, "home"), "FLWR_TELEMETRY_ENABLED=0", "FLWR_DISABLE_UPDATE_CHECK=1",
		"FLWR_SUPEREXEC_TASK_POLL_INTERVAL=0.05",
		"PATH=" + l.f.flower + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
}

// start starts one of Flower's programs, which writes into a log of its own.
func (l *flowerLink) start(ctx context.Context, log, program string, args ...string) error {
	out, err := os.Create(filepath.Join(l.dir, log+".log"))
	if err != nil {
		return fmt.Errorf("federate: %w", err)
	}
	defer out.Close() // the process has it
	return l.run(ctx, out, l.env(), filepath.Join(l.f.flower, program), args...)
}

// node starts a site as a node.
func (l *flowerLink) node(ctx context.Context, i, port int) error {
	name := l.names[i]
	key, err := keyPair(l.dir, name)
	if err != nil {
		return err
	}
	x := exec.CommandContext(ctx, filepath.Join(l.f.flower, "flwr"), "supernode", "register", key+".pub", "hub",
		"--name", name)
	x.Env = append(os.Environ(), l.env()...)
	var said bytes.Buffer
	x.Stdout, x.Stderr = &said, &said
	if err := x.Run(); err != nil {
		return fmt.Errorf("federate: Flower does not register site %s: %w: %.300s", name, err,
			strings.Join(strings.Fields(said.String()), " "))
	}
	if last := len(l.names) - 1; i == last && last > 0 {
		return l.site(ctx, i, "--superlink", "https://"+l.link, "--key", key, "--root-certificates", l.ca)
	}
	if err := l.site(ctx, i, "--socket", l.socket(i)); err != nil {
		return err
	}
	return l.start(ctx, name, "flower-supernode", "--superlink", l.link, "--root-certificates", l.ca,
		"--auth-supernode-private-key", key, "--port", strconv.Itoa(port),
		"--node-config", fmt.Sprintf("socket=%q timeout=3600.0", l.socket(i)))
}

// reached waits until the SuperLink answers.
func (l *flowerLink) reached(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dial := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // whether it answers, not who
	for {
		conn, err := dial.DialContext(limited, "tcp", l.link)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-limited.Done():
			return errors.Join(fmt.Errorf("federate: Flower's SuperLink does not answer, see %s",
				filepath.Join(l.dir, "superlink.log")), ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// freePorts finds ports of this machine on which nobody listens.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("federate: %w", err)
		}
		defer l.Close() // all at once, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
