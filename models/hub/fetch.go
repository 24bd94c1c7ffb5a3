package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/fedpurel/fedpurel/train/fault"
)

// partial ends the name of a file that is not complete.
const partial = ".part"

// status is an answer other than success.
type status int

func (s status) Error() string { return fmt.Sprintf("%d %s", int(s), http.StatusText(int(s))) }

// newClient repeats requests that fail for a passing reason, with growing pauses or as the server asks. Proxies are
// those of the environment (HTTPS_PROXY, NO_PROXY).
func (p *puller) newClient() *retryablehttp.Client {
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = p.Attempts-1, p.Pause, 30*p.Pause
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	c.CheckRetry = func(ctx context.Context, r *http.Response, err error) (bool, error) {
		if r != nil && pause(r) > c.RetryWaitMax { // better said than slept
			return false, nil
		}
		return retryablehttp.DefaultRetryPolicy(ctx, r, err)
	}
	c.HTTPClient.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		if first := before[0].URL; next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
			next.Header.Del("Authorization")
		}
		if len(before) >= 10 {
			return errors.New("it leads in circles")
		}
		return nil
	}
	if t, ok := c.HTTPClient.Transport.(*http.Transport); ok {
		t.ResponseHeaderTimeout = p.Stall
	}
	return c
}

// pause is how long an answer asks to wait before the next request.
func pause(r *http.Response) time.Duration {
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 1<<30)) * time.Second
}

// get asks for an address from byte from on. The answer is a success; its body must be closed.
func (p *puller) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fault.Usagef("hub: the endpoint %q is no address: %w", p.shown(), err)
	}
	request.Header.Set("User-Agent", "fedpurel")
	// It is not handed on when the answer leads to another host, port or scheme.
	if p.Token != "" && confidential(request.URL) {
		request.Header.Set("Authorization", "Bearer "+p.Token)
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	r, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusOK && (from == 0 || r.StatusCode != http.StatusPartialContent) {
		r.Body.Close()
		if wait := pause(r); wait > 0 {
			return nil, fmt.Errorf("%w: it asks to come again in %v", status(r.StatusCode), wait)
		}
		return nil, status(r.StatusCode)
	}
	return r, nil
}

// steady reads an answer whole, up to most bytes, as long as bytes keep coming.
func (p *puller) steady(r io.Reader, most int64, stop context.CancelCauseFunc) ([]byte, error) {
	stalled := time.AfterFunc(p.Stall, func() { stop(fmt.Errorf("no byte came for %v", p.Stall)) })
	defer stalled.Stop()
	var all bytes.Buffer
	for {
		n, err := io.CopyN(&all, r, min(1<<12, most-int64(all.Len())))
		switch {
		case err == io.EOF, int64(all.Len()) == most:
			return all.Bytes(), nil
		case err != nil:
			return nil, err
		case n > 0:
			stalled.Reset(p.Stall)
		}
	}
}

// confidential tells whether a token may be sent there: encrypted, or within this machine.
func confidential(u *url.URL) bool {
	host := u.Hostname()
	return u.Scheme == "https" || host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// fetch brings a file's bytes into its partial file, continuing what is there, and returns their hashes.
func (p *puller) fetch(ctx context.Context, name string, total int64) (sums, error) {
	f, err := p.root.OpenFile(name+partial, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return sums{}, fault.Errorf(fault.Failure, "hub: write %s in %s: %w", name+partial, p.dir, err)
	}
	defer f.Close()
	size := p.listing.files[name].size
	for idle := 0; ; {
		have, err := f.Seek(0, io.SeekEnd)
		if err == nil && (size < 0 || have > size) { // of a size that nothing vouches for
			have = 0
			err = f.Truncate(0)
		}
		if err != nil {
			return sums{}, fault.Errorf(fault.Failure, "hub: write %s in %s: %w", name+partial, p.dir, err)
		}
		if have != size {
			err = p.transfer(ctx, name, f, have, size, total)
		}
		if err == nil {
			break
		}
		var refused status
		if now, _ := f.Seek(0, io.SeekEnd); now > have { // it got on
			idle = 0
		} else {
			idle++
		}
		if errors.As(err, &refused) || idle >= p.Attempts || ctx.Err() != nil || !isTransfer(err) {
			return sums{}, p.explain(err, name)
		}
	}
	if err := f.Sync(); err != nil {
		return sums{}, p.explain(writing{err}, name)
	}
	return sumFile(ctx, p.root, name+partial)
}

// writing marks an error of the disk, not of the network.
type writing struct{ error }

func (w writing) Unwrap() error { return w.error }

func isTransfer(err error) bool {
	var w writing
	return !errors.As(err, &w)
}

// transfer appends to f what one answer brings.
func (p *puller) transfer(ctx context.Context, name string, f *os.File, have, size, total int64) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	segments := strings.Split(name, "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	address := p.Endpoint + "/" + p.lock.Repository + "/resolve/" + p.lock.Revision + "/" + strings.Join(segments, "/")
	r, err := p.get(ctx, address, have)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var from int64
	if r.StatusCode == http.StatusPartialContent {
		if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-", &from); err != nil || from != have {
			return fmt.Errorf("asked to go on from byte %d, it sent %q", have, r.Header.Get("Content-Range"))
		}
	} else if have > 0 { // it sends all
		if err := f.Truncate(0); err != nil {
			return writing{err}
		}
		have = 0
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return writing{err}
	}
	stalled := time.AfterFunc(p.Stall, func() { stop(fmt.Errorf("no byte came for %v", p.Stall)) })
	defer stalled.Stop()
	buf := make([]byte, 1<<18)
	for {
		n, err := r.Body.Read(buf)
		stalled.Reset(p.Stall)
		if n > 0 {
			if have += int64(n); size >= 0 && have > size {
				return fmt.Errorf("it sent more than the %d bytes that it stated", size)
			}
			if _, err := f.Write(buf[:n]); err != nil {
				return writing{err}
			}
			p.Observe(p.done+have, max(total, p.done+have))
		}
		switch {
		case err == io.EOF && (size < 0 || have == size):
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil && context.Cause(ctx) != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
	}
}

// shown is the endpoint without a password, for messages.
func (p *puller) shown() string {
	if u, err := url.Parse(p.Endpoint); err == nil {
		return u.Redacted()
	}
	return "the endpoint"
}

// explain says what a failed request means to the user.
func (p *puller) explain(err error, what string) error {
	var code status
	errors.As(err, &code)
	const again = "; run the command again to go on from there"
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case code == http.StatusNotFound:
		return fault.Missingf("hub: %s has no %s (%w)", p.shown(), what, err)
	case (code == http.StatusUnauthorized || code == http.StatusForbidden) && p.Token == "":
		return fault.Missingf("hub: %s does not give %s (%w): it does not exist, or is private or gated; "+
			"for the latter set HF_TOKEN to your access token", p.shown(), what, err)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fault.Missingf("hub: %s does not give %s (%w) for the token in HF_TOKEN: "+
			"accept its licence on its page, or take another token", p.shown(), what, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Errorf(fault.Failure, "hub: fetch %s: %w: free some space"+again, what, err)
	case !isTransfer(err):
		return fault.Errorf(fault.Failure, "hub: fetch %s: %w"+again, what, err)
	case fault.KindOf(err) != fault.Failure:
		return err
	}
	return fault.Errorf(fault.Failure, "hub: fetch %s from %s: %w: "+
		"check the connection, the proxy (HTTPS_PROXY) and the mirror (HF_ENDPOINT)"+again, what, p.shown(), err)
}
