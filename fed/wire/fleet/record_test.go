package fleet

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path"
	"sync"
	"testing"
)

// exchanged is one call as it was recorded from a real SuperLink.
type exchanged struct {
	Call     string
	Request  []byte
	Status   int
	Response []byte
}

// recorder keeps what a caller says and hears.
type recorder struct {
	http.RoundTripper
	guard sync.Mutex
	calls []exchanged
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	a, err := r.RoundTripper.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	heard, err := io.ReadAll(a.Body)
	if err != nil {
		return nil, err
	}
	a.Body = io.NopCloser(bytes.NewReader(heard))
	r.guard.Lock()
	defer r.guard.Unlock()
	r.calls = append(r.calls, exchanged{path.Base(q.URL.Path), body, a.StatusCode, heard})
	return a, nil
}

// keep writes the exchange of a first message, if FEDPUREL_FLOWER_RECORD says where to.
func (r *recorder) keep(t *testing.T) {
	file := os.Getenv("FEDPUREL_FLOWER_RECORD")
	if file == "" {
		return
	}
	var kept []exchanged
	for _, c := range r.calls {
		idle := c.Call == "send-node-heartbeat" || c.Call == "pull-messages" && len(c.Response) == 0
		if idle || len(c.Request)+len(c.Response) > 1<<20 {
			continue
		}
		if c.Call == "pull-messages" && len(kept) > 0 && kept[len(kept)-1].Call == "push-object" &&
			len(kept) > 25 {
			break
		}
		kept = append(kept, c)
	}
	data, err := json.MarshalIndent(kept, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
