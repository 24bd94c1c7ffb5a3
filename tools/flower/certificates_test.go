package flowerapp

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// made runs certificates.sh in a folder, and returns what it says and the code with which it ends.
func made(t *testing.T, dir string, args ...string) (said string, code int) {
	t.Helper()
	script, err := filepath.Abs("certificates.sh")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", append([]string{script}, args...)...)
	c.Dir = dir
	out, _ := c.CombinedOutput() // the code says it
	return string(out), c.ProcessState.ExitCode()
}

// content are the files of a folder, by name, and how many may read each.
func content(t *testing.T, dir string) (files map[string]string, modes map[string]fs.FileMode) {
	t.Helper()
	files, modes = map[string]string{}, map[string]fs.FileMode{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()], modes[e.Name()] = string(data), info.Mode()
	}
	return files, modes
}

// A site that has ca.crt trusts the server under its name and on its own machine, and nobody else; what is there is
// never overwritten; an authority signs again.
func TestCertificates(t *testing.T) {
	for _, program := range []string{"bash", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("there is no ", program, " here")
		}
	}
	for host, other := range map[string]string{"hub.example.org": "example.org", "192.0.2.7": "192.0.2.8"} {
		dir := t.TempDir()
		if said, code := made(t, dir, host); code != 0 {
			t.Fatalf("%d: %s", code, said)
		}
		dir = filepath.Join(dir, "certificates")
		first, modes := content(t, dir)
		if len(first) != 4 || modes["ca.key"] != 0o600 || modes["server.key"] != 0o600 || modes["ca.crt"] != 0o644 {
			t.Error(modes)
		}
		trusts(t, dir, host, other)
		if said, code := made(t, dir, host, "."); code != 1 || !strings.Contains(said, "is there already") {
			t.Errorf("%d: %s", code, said)
		}
		for _, name := range []string{"server.key", "server.crt"} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		if said, code := made(t, dir, host, "."); code != 0 {
			t.Errorf("%d: %s", code, said)
		}
		again, _ := content(t, dir)
		if again["ca.crt"] != first["ca.crt"] || again["ca.key"] != first["ca.key"] ||
			again["server.crt"] == first["server.crt"] {
			t.Error("the server's certificate alone is to be new")
		}
		trusts(t, dir, host, other)
	}
	for _, args := range [][]string{{}, {"a host"}, {"--help"}, {"a", "b", "c"}} {
		if said, code := made(t, t.TempDir(), args...); code != 2 {
			t.Errorf("%q: %d: %s", args, code, said)
		}
	}
}

func trusts(t *testing.T, dir, host, other string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	for name, good := range map[string]bool{host: true, "localhost": true, "127.0.0.1": true, other: false} {
		_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if (err == nil) != good {
			t.Errorf("certificate of %s for %s: %v", host, name, err)
		}
	}
}
