package watch

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/fed/report/page"
)

//go:embed live.js
var liveScript string

// Handler serves the page at / and, at /state, what changes whenever the page does. It answers nothing but GET and
// HEAD, and only what is asked of this machine by its own name: a web site whose name was made to lead here is refused.
func (w *Runs) Handler(now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, _ *http.Request) { w.servePage(rw, now()) })
	mux.HandleFunc("GET /state", func(rw http.ResponseWriter, _ *http.Request) { w.serveState(rw) })
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		header := rw.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Content-Security-Policy", "frame-ancestors 'none'") // the page's own says the rest
		switch {
		case !local(r.Host):
			http.Error(rw, "this page is for the machine that it is served on", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			header.Set("Allow", "GET, HEAD")
			http.Error(rw, "this page can only be read", http.StatusMethodNotAllowed)
		default:
			mux.ServeHTTP(rw, r)
		}
	})
}

// local tells whether a Host header names this machine itself.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(strings.ToLower(host), "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// servePage is the page as it stands now.
func (w *Runs) servePage(rw http.ResponseWriter, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.seen(rw) {
		return
	}
	var b bytes.Buffer
	if err := page.Live(&b, w.report(now), strings.Replace(liveScript, "'STATE'", "'"+w.state()+"'", 1)); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = rw.Write(b.Bytes()) // who asked may be gone
}

// serveState is the state of the runs, to be compared with that of a page.
func (w *Runs) serveState(rw http.ResponseWriter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen(rw) {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(rw, w.state())
	}
}

// seen reads what is new, or answers with what is wrong.
func (w *Runs) seen(rw http.ResponseWriter) bool {
	if err := w.look(); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return false
	}
	return true
}
