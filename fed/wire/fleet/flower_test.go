package fleet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// flower is a real SuperLink for a test: FEDPUREL_FLOWER names a virtual environment with flwr 1.42.0.
type flower struct {
	*testing.T
	bin, dir, port string
	tls            bool
	roots          string
	link           *exec.Cmd
}

func newFlower(t *testing.T, secure bool) *flower {
	venv := os.Getenv("FEDPUREL_FLOWER")
	if venv == "" {
		t.Skip("FEDPUREL_FLOWER names no virtual environment with flwr 1.42.0")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	f := &flower{T: t, bin: filepath.Join(venv, "bin"), dir: t.TempDir(), port: port, tls: secure}
	trust := "insecure = true"
	if secure {
		f.roots = certificates(t, f.dir)
		trust = fmt.Sprintf("root-certificates = %q", f.roots)
	}
	config := "[superlink]\ndefault = \"hub\"\n\n[superlink.hub]\n" +
		fmt.Sprintf("address = \"127.0.0.1:%s\"\n%s\n", port, trust)
	if err := os.WriteFile(filepath.Join(f.dir, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	f.start()
	return f
}

func (f *flower) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(f.bin, name), args...)
	c.Env = append(os.Environ(), "PATH="+f.bin+":"+os.Getenv("PATH"), "FLWR_HOME="+f.dir, "FLWR_TELEMETRY_ENABLED=0",
		"FLWR_DISABLE_UPDATE_CHECK=1", "FLWR_SUPEREXEC_TASK_POLL_INTERVAL=0.05")
	return c
}

// start starts the SuperLink, and is called again to start it anew.
func (f *flower) start() {
	f.Helper()
	args := []string{"--host", "127.0.0.1", "--port", f.port, "--database", filepath.Join(f.dir, "link.db"),
		"--disable-runtime-dependency-installation"}
	if f.tls {
		args = append(args, "--enable-supernode-auth", "--ssl-certfile", filepath.Join(f.dir, "server.crt"),
			"--ssl-keyfile", filepath.Join(f.dir, "server.key"), "--ssl-ca-certfile", f.roots)
	} else {
		args = append(args, "--insecure")
	}
	f.link = f.command("flower-superlink", args...)
	log, err := os.OpenFile(filepath.Join(f.dir, "link.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		f.Fatal(err)
	}
	f.link.Stdout, f.link.Stderr = log, log
	if err := f.link.Start(); err != nil {
		f.Fatal(err)
	}
	link := f.link
	f.Cleanup(func() {
		_ = link.Process.Signal(os.Interrupt)
		late := time.AfterFunc(20*time.Second, func() { _ = link.Process.Kill() })
		_ = link.Wait()
		late.Stop()
		if f.Failed() {
			data, _ := os.ReadFile(log.Name())
			f.Logf("%s", data[max(0, len(data)-6000):])
		}
	})
	for range 300 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+f.port); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	f.Fatal("the SuperLink does not listen")
}

func (f *flower) address() string {
	if f.tls {
		return "https://127.0.0.1:" + f.port
	}
	return "http://127.0.0.1:" + f.port
}

// told is what the app writes down of a message.
type told struct {
	Kind, Group, Error string
	Seconds            float64
	Code, Images       int
	Same               bool
	Shapes             map[string][]int
	Head               map[string]any
}

// run runs the app and returns what it wrote.
func (f *flower) run(rounds int) []told {
	f.Helper()
	out := filepath.Join(f.dir, "out.json")
	_ = os.Remove(out) // an earlier run's
	run := f.command("flwr", "run", "testdata/app", "hub", "--stream", "--run-config",
		fmt.Sprintf("out=%q rounds=%d", out, rounds))
	if text, err := run.CombinedOutput(); err != nil {
		f.Fatalf("%v: %s", err, text)
	} else if _, missing := os.Stat(out); missing != nil {
		f.Fatalf("%s", text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		f.Fatal(err)
	}
	var all []told
	if err := json.Unmarshal(data, &all); err != nil {
		f.Fatal(err)
	}
	return all
}

// echo answers an order with its arrays.
func echo(_ context.Context, order wire.Frame) wire.Frame {
	answer, _ := wire.New(wire.Answer{V: wire.Version, Site: "north", Train: 7}, order.Arrays)
	return answer
}

func TestFlower(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "open", true: "TLS and keys"}[secure], func(t *testing.T) {
			f := newFlower(t, secure)
			key, public := newKey(t, f.dir)
			if secure {
				register := f.command("flwr", "supernode", "register", public, "hub", "--name", "north")
				if text, err := register.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, text)
				}
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			n, err := newNode(Options{SuperLink: f.address(), Key: key, RootCertificates: f.roots}, echo,
				func(e Event) { t.Logf("%+v", e) })
			if err != nil {
				t.Fatal(err)
			}
			tape := &recorder{RoundTripper: n.client.Transport}
			if !secure {
				n.client.Transport = tape
			}
			go func() { done <- n.run(ctx) }()
			all := f.run(5)
			if secure { // the SuperLink goes away and comes back
				_ = f.link.Process.Kill()
				_ = f.link.Wait()
				time.Sleep(time.Second)
				f.start()
				check(t, f.run(1))
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
			check(t, all)
			if !secure {
				tape.keep(t)
			}
		})
	}
}

// check looks at what came back from a node that echoes.
func check(t *testing.T, all []told) {
	t.Helper()
	for _, a := range all {
		t.Logf("%+v", a)
		switch a.Group {
		case "unknown", "no JSON":
			if a.Code != codeRaised || a.Error == "" || strings.Contains(a.Error, "\n") {
				t.Errorf("%s: %+v", a.Group, a)
			}
		default:
			if a.Error != "" || !a.Same || a.Images != 7 || a.Head["site"] != "north" {
				t.Errorf("%s: %+v", a.Group, a)
			}
		}
	}
	if i := slices.IndexFunc(all, func(a told) bool { return a.Group == "large" }); i < 0 ||
		!slices.Equal(all[i].Shapes["phi"], []int{3_000_000}) {
		t.Errorf("the large array has shape %v", all[max(i, 0)].Shapes)
	}
}

// newKey writes a key as ssh-keygen does and returns the names of its files.
func newKey(t *testing.T, dir string) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	open, err := ssh.NewPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	private = filepath.Join(dir, "north.key")
	public = private + ".pub"
	if err := os.WriteFile(private, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(public, ssh.MarshalAuthorizedKey(open), 0o600); err != nil {
		t.Fatal(err)
	}
	return private, public
}

// certificates writes server.crt and server.key for this machine, and returns the file of who signed them.
func certificates(t *testing.T, dir string) (roots string) {
	t.Helper()
	make := func(name string, serial int64, is bool, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate,
		*ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, IsCA: is,
			BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
			KeyUsage: x509.KeyUsageDigitalSignature}
		if is {
			c.KeyUsage = x509.KeyUsageCertSign
			parent, by = c, key
		}
		der, err := x509.CreateCertificate(nil, c, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{
			name + ".crt": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: secret},
		} {
			if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return c, key
	}
	authority, key := make("ca", 1, true, nil, nil)
	make("server", 2, false, authority, key)
	return filepath.Join(dir, "ca.crt")
}
