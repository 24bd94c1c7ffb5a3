package fleet

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	plainWait  = 20 * time.Second // for a call without content
	objectWait = 10 * time.Minute // for one with an object
	maxPlainIn = 8 << 20          // bytes of the answer to a call without content
)

// caller makes signed calls of the Fleet API.
type caller struct {
	base      string
	key       identity
	client    *http.Client
	now       func() time.Time
	sent, got atomic.Int64 // bytes of bodies
}

// newCaller checks the address: beyond this machine it must be https.
func newCaller(address string, key identity, roots string) (*caller, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fault.Usagef("the SuperLink's address is %q, want https://HOST:PORT", address)
	}
	if u.Scheme == "http" && !local(u.Hostname()) {
		return nil, fault.Usagef("the SuperLink's address is %s: http is for this machine alone, use https", address)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if roots != "" {
		data, err := os.ReadFile(roots)
		if err != nil {
			return nil, fault.Missingf("root certificates: %v", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, fault.Corruptf("root certificates: %s holds none", roots)
		}
	}
	return &caller{
		base: strings.TrimSuffix(address, "/"), key: key, now: time.Now,
		client: &http.Client{
			Transport: &http.Transport{
				TLSClientConfig: config, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
				TLSHandshakeTimeout: plainWait, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: pulls,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// refusal is an answer that says no.
type refusal struct {
	call   string
	status int
	line   string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the SuperLink answers %s with %d: %s", r.call, r.status, r.line)
}

// refused tells whether the SuperLink said no with that status.
func refused(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}

// passing tells whether a call may work if it is made again: nobody was there, or somebody who has no time.
func passing(err error) bool {
	var r *refusal
	if errors.As(err, &r) {
		return r.status >= 500 || r.status == http.StatusTooManyRequests || r.status == http.StatusRequestTimeout
	}
	var bad *tls.CertificateVerificationError
	return err != nil && fault.KindOf(err) == fault.Failure && !errors.As(err, &bad)
}

// plain makes a call without content.
func (c *caller) plain(ctx context.Context, name string, request packet) ([]byte, error) {
	return c.call(ctx, name, plainWait, maxPlainIn, request)
}

// call posts a request and returns the answer, of which it takes at most most bytes.
func (c *caller) call(ctx context.Context, name string, wait time.Duration, most int, request packet) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/v1/fleet/"+name, bytes.NewReader(request))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r.Header.Set("content-type", "application/protobuf")
	r.Header.Set("accept", "application/protobuf")
	if err := c.key.sign(r.Header, c.now()); err != nil {
		return nil, err
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer answer.Body.Close()
	c.sent.Add(int64(len(request)))
	if answer.StatusCode != http.StatusOK {
		most = 1 << 12
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, int64(most)+1))
	c.got.Add(int64(len(data)))
	if answer.StatusCode != http.StatusOK {
		return nil, &refusal{name, answer.StatusCode, reason(data)}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > most {
		return nil, fault.Corruptf("%s: an answer of more than %d bytes", name, most)
	}
	return data, nil
}

// reason is what an answer that says no gives as its reason, on one line.
func reason(data []byte) string {
	var told struct {
		Detail any `json:"detail"`
	}
	if json.Unmarshal(data, &told) == nil && told.Detail != nil {
		return fmt.Sprintf("%.200q", fmt.Sprint(told.Detail))
	}
	return fmt.Sprintf("%.200q", data)
}
