package flowerapp

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// nginx runs nginx.conf before a server with certificates of certificates.sh, and returns how to ask and whom. It
// trusts the server if that has the same authority.
func nginx(t *testing.T, same bool, upstream http.HandlerFunc) (client *http.Client, address string) {
	t.Helper()
	for _, program := range []string{"nginx", "bash", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("there is no ", program, " here")
		}
	}
	dir := t.TempDir()
	if said, code := made(t, dir, "hub.example.org", "."); code != 0 {
		t.Fatal(said)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	trusted := filepath.Join(dir, "ca.crt")
	if !same {
		if said, code := made(t, dir, "hub.example.org", "other"); code != 0 {
			t.Fatal(said)
		}
		trusted = filepath.Join(dir, "other", "ca.crt")
	}
	server := httptest.NewUnstartedServer(upstream)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = free.Addr().String()
	_ = free.Close()
	shipped, err := os.ReadFile("nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	site := strings.NewReplacer("127.0.0.1:8000", server.Listener.Addr().String(),
		"/etc/fedpurel/ca.crt", trusted, "/etc/fedpurel", dir,
		"    listen [::]:443 ssl;\n", "", "listen 443", "listen "+address).Replace(string(shipped))
	config := "daemon off; master_process off; pid nginx.pid; events {}\nhttp { access_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		config += kind + "_temp_path " + filepath.Join(dir, kind) + ";\n"
	}
	path := filepath.Join(dir, "whole.conf")
	if err := os.WriteFile(path, []byte(config+site+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c := exec.Command("nginx", "-e", "stderr", "-p", dir, "-c", path)
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	authority, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	for range 100 {
		if dialled, err := net.Dial("tcp", address); err == nil {
			_ = dialled.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	trust := &tls.Config{RootCAs: roots, ServerName: "hub.example.org"}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: trust}, Timeout: time.Minute}, address
}

// Whatever a path looks like, nothing but the Fleet API is reached; its bodies may be large, both ways.
func TestProxy(t *testing.T) {
	const body = 100 << 20
	var asked atomic.Int64
	client, address := nginx(t, true, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if !strings.HasPrefix(r.URL.Path, "/v1/fleet/") || strings.Contains(r.RequestURI, "..") {
			t.Errorf("%s went through", r.RequestURI)
		}
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
		_, _ = w.Write(make([]byte, n))
	})
	ask := func(path string, data []byte) (status, size int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+address, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path // as it stands
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(path, err)
		}
		defer answer.Body.Close()
		got, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Error(path, err)
		}
		return answer.StatusCode, len(got)
	}
	for _, path := range []string{
		"/", "/v1/control/start-run", "/v1/runtime/push-object", "/v1/fleet", "/v1/fleet/../control/start-run",
		"/v1/fleet/%2e%2e/control/start-run", "/v1/fleet%2f..%2fcontrol/start-run", "//v1/control/start-run",
		"/v1/control/start-run?/v1/fleet/", "/V1/FLEET/pull-messages",
	} {
		if status, _ := ask(path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d of what is not the Fleet API went through", n)
	}
	ask("/v1/control/../fleet/pull-messages", nil)
	for _, size := range []int{0, body} {
		if status, n := ask("/v1/fleet/push-object", make([]byte, size)); status != http.StatusOK || n != size {
			t.Errorf("%d bytes: %d, %d bytes came back", size, status, n)
		}
	}
}

// Who answers on the SuperLink's port without a certificate of the authority hears nothing.
func TestProxyChecksTheSuperLink(t *testing.T) {
	client, address := nginx(t, false, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	answer, err := client.Post("https://"+address+"/v1/fleet/pull-messages", "application/protobuf", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusBadGateway {
		t.Error(answer.Status)
	}
}
