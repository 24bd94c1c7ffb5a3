package fleet

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// link is a SuperLink that does what it is told to do wrong.
type link struct {
	*testing.T
	*httptest.Server
	guard   sync.Mutex
	known   string // public key of the node that is registered
	closed  bool   // keys are registered by hand
	waiting [][2]packet
	objects map[string][]byte
	replies []message
	came    map[string][]byte // objects of replies
	calls   []string
	// fault may answer a call in place of the link: it says whether it did. times counts calls of that name from 1.
	fault func(call string, times int, w http.ResponseWriter) bool
}

func newLink(t *testing.T) *link {
	l := &link{T: t, objects: map[string][]byte{}, came: map[string][]byte{}}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

// send puts a frame on its way to the node.
func (l *link) send(kind string, ttl float64, f wire.Frame) message {
	var s store
	top, err := s.putFrame(f)
	if err != nil {
		l.Fatal(err)
	}
	m := message{run: 5, from: 1, to: 77, group: "3", kind: kind, ttl: ttl, made: float64(time.Now().Unix()), source: 9}
	m.id = s.put("Message", []string{top}, m.object(""))
	l.guard.Lock()
	defer l.guard.Unlock()
	for id, data := range s.content {
		l.objects[id] = data
	}
	l.waiting = append(l.waiting, [2]packet{m.envelope(""), s.tree[m.id]})
	return m
}

func (l *link) signed(q *http.Request) (public string, ok bool) {
	open, _ := base64.StdEncoding.DecodeString(q.Header.Get("flwr-public-key"))
	signature, _ := base64.StdEncoding.DecodeString(q.Header.Get("flwr-signature"))
	block, _ := pem.Decode(open)
	if block == nil {
		return "", false
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", false
	}
	stamp := q.Header.Get("flwr-timestamp")
	at, err := time.Parse(time.RFC3339, stamp)
	sum := sha256.Sum256([]byte(stamp))
	return string(open), err == nil && time.Since(at).Abs() < 2*time.Minute &&
		ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), sum[:], signature)
}

func (l *link) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	call := path.Base(q.URL.Path)
	body, _ := io.ReadAll(q.Body)
	l.guard.Lock()
	defer l.guard.Unlock()
	l.calls = append(l.calls, call)
	times := 0
	for _, c := range l.calls {
		if c == call {
			times++
		}
	}
	if l.fault != nil && l.fault(call, times, w) {
		return
	}
	public, ok := l.signed(q)
	first := call == "register-node" || call == "activate-node"
	if !ok || !first && public != l.known {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var f [6]field
	_ = each(body, func(g field) error { f[g.key.number] = g; return nil })
	var p packet
	switch call {
	case "register-node":
		if l.closed {
			w.WriteHeader(http.StatusPreconditionFailed)
			_, _ = w.Write([]byte(`{"code":2002,"detail":"All SuperNodes must be registered via the CLI."}`))
			return
		}
		l.known = public
	case "activate-node":
		if l.known != public {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		p = p.number(1, 77)
	case "pull-messages":
		if len(l.waiting) > 0 {
			p = p.data(2, l.waiting[0][0]).data(3, l.waiting[0][1])
			l.waiting = l.waiting[1:]
		}
	case "pull-object":
		if data, ok := l.objects[string(f[3].data)]; ok {
			p = p.number(1, 1).number(2, 1).data(3, data)
		}
	case "push-messages":
		m, _ := readMessage(f[2].data)
		t, err := readTree(f[3].data)
		if err != nil || t.root != m.id {
			l.Errorf("a reply %+v with the tree %+v, %v", m, t, err)
		}
		if !slices.Contains(l.replies, m) {
			l.replies = append(l.replies, m)
		}
		for _, id := range t.ids {
			p = p.text(3, id)
		}
		p = p.text(4, "session")
	case "push-object":
		if id := string(f[3].data); hashOf(f[4].data) == id && string(f[5].data) == "session" {
			l.came[id] = f[4].data
			p = p.number(1, 1)
		}
	}
	_, _ = w.Write(p)
}

// reply is the last message that came back, and what is wrong in it.
func (l *link) reply() (f wire.Frame, wrong string) {
	l.guard.Lock()
	defer l.guard.Unlock()
	if len(l.replies) == 0 {
		l.Fatal("no reply")
	}
	m := l.replies[len(l.replies)-1]
	o, err := content(l.came).of(m.id, "Message")
	if err != nil {
		l.Fatal(err)
	}
	_ = each(o.body, func(f field) error {
		if f.key == block(3) {
			return each(f.data, func(f field) error {
				if f.key == block(2) {
					wrong = string(f.data)
				}
				return nil
			})
		}
		return nil
	})
	if wrong == "" {
		if f, err = content(l.came).frame(m.id); err != nil {
			l.Fatal(err)
		}
	}
	return f, wrong
}
