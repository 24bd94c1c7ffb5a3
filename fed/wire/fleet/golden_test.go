package fleet

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"sync"
	"testing"
	"time"
)

// replay answers as flwr 1.42.0 did when testdata/exchange.json was recorded, and only what it was asked then.
type replay struct {
	*testing.T
	guard  sync.Mutex
	calls  []exchanged
	public []byte
	times  []time.Time // of the replies
	pushed int
}

func newReplay(t *testing.T) *replay {
	data, err := os.ReadFile("testdata/exchange.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &replay{T: t}
	if err := json.Unmarshal(data, &r.calls); err != nil {
		t.Fatal(err)
	}
	for i, c := range r.calls {
		r.calls[i].Request = r.bare(c.Call, c.Request)
		_ = each(c.Request, func(f field) error {
			switch {
			case c.Call == "register-node" && f.key == block(1):
				r.public = f.data
			case c.Call == "push-messages" && f.key == block(2):
				m, err := readMessage(f.data)
				r.times = append(r.times, moment(m.made))
				return err
			}
			return nil
		})
	}
	return r
}

// bare is a request without what it says of how long the work took.
func (r *replay) bare(call string, request []byte) (p packet) {
	if call != "push-messages" {
		return request
	}
	_ = each(request, func(f field) error {
		if f.key != block(4) {
			p = p.data(f.key.number, f.data)
		}
		return nil
	})
	return p
}

func (r *replay) now() time.Time {
	r.guard.Lock()
	defer r.guard.Unlock()
	return r.times[min(r.pushed, len(r.times)-1)]
}

func (r *replay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	call := path.Base(q.URL.Path)
	request, _ := io.ReadAll(q.Body)
	request = r.bare(call, request)
	r.guard.Lock()
	defer r.guard.Unlock()
	i := slices.IndexFunc(r.calls, func(c exchanged) bool {
		return c.Call == call && slices.Equal(c.Request, request)
	})
	switch {
	case i >= 0:
		c := r.calls[i]
		r.calls = slices.Delete(r.calls, i, i+1)
		w.WriteHeader(c.Status)
		_, _ = w.Write(c.Response)
	case call == "pull-messages" || call == "deactivate-node" || call == "send-node-heartbeat":
	default:
		r.Errorf("%s is asked what it was not: %q", call, request)
		w.WriteHeader(http.StatusForbidden)
	}
}

// What a node says to a SuperLink is, byte for byte, what a real one understood.
func TestGolden(t *testing.T) {
	r := newReplay(t)
	server := httptest.NewServer(r)
	defer server.Close()
	key, _ := newKey(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	answered := 0
	n, err := newNode(Options{SuperLink: server.URL, Key: key, Poll: time.Millisecond},
		echo, func(e Event) {
			if e.Kind == Active {
				return
			}
			if answered++; e.Kind != Answered || e.Err != nil {
				t.Errorf("%+v", e)
			}
			r.guard.Lock()
			r.pushed = answered
			r.guard.Unlock()
			if answered == len(r.times) {
				stop()
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	n.key.public, n.now = r.public, r.now
	if err := n.run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(r.calls) > 0 {
		t.Errorf("%d calls were not made, first %s", len(r.calls), r.calls[0].Call)
	}
}
