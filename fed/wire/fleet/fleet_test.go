package fleet

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// talk runs a node at a link until it has told of a number of messages.
func talk(t *testing.T, l *link, messages int, handle wire.Handler) (events []Event) {
	t.Helper()
	key, _ := newKey(t, t.TempDir())
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	err := Run(ctx, Options{SuperLink: l.URL, Key: key, Poll: time.Millisecond}, handle, func(e Event) {
		events = append(events, e)
		if e.Kind == Answered || e.Kind == Dropped {
			if messages--; messages == 0 {
				stop()
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if messages > 0 {
		t.Fatalf("%d messages are missing: %+v", messages, events)
	}
	return events
}

func order(t *testing.T) wire.Frame {
	f, err := wire.New(wire.Order{V: wire.Version, Op: wire.Work},
		map[string][]byte{"a": vector(5), "b": vector(5), "c": vector(2_000_000)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNode(t *testing.T) {
	l := newLink(t)
	f := order(t)
	m := l.send("train", 60, f)
	l.send("query", 60, f)
	talk(t, l, 2, echo)
	got, wrong := l.reply()
	var answer wire.Answer
	if err := got.Of(&answer); err != nil || wrong != "" || answer.Site != "north" {
		t.Errorf("%+v, %v, %s", answer, err, wrong)
	}
	for name, data := range f.Arrays {
		if !bytes.Equal(got.Arrays[name], data) {
			t.Errorf("array %s is another one", name)
		}
	}
	r := l.replies[0]
	if r.answers != m.id || r.to != m.from || r.from != m.to || r.aim != 9 || r.group != "3" || r.end().After(m.end()) {
		t.Errorf("%+v answers %+v", r, m)
	}
	if last := l.calls[len(l.calls)-1]; last != "deactivate-node" || slices.Contains(l.calls, "get-fab") {
		t.Errorf("calls %v", l.calls)
	}
}

// What goes wrong at the SuperLink or on the way is done again, forgotten, or told to the hub in a line.
func TestFaults(t *testing.T) {
	status := func(call string, code, until int) func(string, int, http.ResponseWriter) bool {
		return func(c string, times int, w http.ResponseWriter) bool {
			if c != call || times > until {
				return false
			}
			w.WriteHeader(code)
			return true
		}
	}
	write := func(call string, until int, p packet) func(string, int, http.ResponseWriter) bool {
		return func(c string, times int, w http.ResponseWriter) bool {
			if c != call || times > until {
				return false
			}
			_, _ = w.Write(p)
			return true
		}
	}
	deep := packet{}.text(1, strings.Repeat("a", 64))
	for range 20 {
		deep = packet{}.text(1, strings.Repeat("a", 64)).data(2, deep)
	}
	said := message{run: 5, id: strings.Repeat("a", 64), from: 1, to: 77, kind: "train", ttl: 60,
		made: float64(time.Now().Unix())}
	for name, c := range map[string]struct {
		fault func(string, int, http.ResponseWriter) bool
		kind  Kind
		want  string
	}{
		"the link forgets the node":    {status("pull-messages", 401, 1), Answered, ""},
		"the link is away at login":    {status("activate-node", 503, 1), Answered, ""},
		"the link is away for a pull":  {status("pull-object", 502, 2), Answered, ""},
		"the link is away for a push":  {status("push-messages", 500, 1), Answered, ""},
		"the link lost the session":    {write("push-object", 2, nil), Answered, ""},
		"not there yet":                {write("pull-object", 1, packet{}.number(1, 1)), Answered, ""},
		"messages that are no message": {write("pull-messages", 1, packet{0xff}), Answered, ""},
		"a truncated object": {func(c string, times int, w http.ResponseWriter) bool {
			if c == "pull-object" && times == 1 {
				w.Header().Set("content-length", "1000")
				_, _ = w.Write([]byte{1, 2})
				return true
			}
			return false
		}, Answered, ""},
		"the run ended": {status("push-messages", 403, 9), Dropped, "403"},
		"gone":          {write("pull-object", 9, nil), Dropped, "gone"},
		"another hash": {write("pull-object", 9, packet{}.number(1, 1).number(2, 1).data(3, []byte("x"))), Answered,
			"has another hash"},
		"a length that lies": {write("pull-object", 9, packet{0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f}), Answered,
			"protobuf field 3"},
		"an answer without end": {write("pull-messages", 1, make(packet, maxPlainIn+1)), Answered, ""},
		"a deep tree": {write("pull-messages", 1, packet{}.data(2, said.envelope("")).data(3, deep)), Answered,
			"deeper than 8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLink(t)
			l.fault = c.fault
			f, _ := wire.New(wire.Order{V: wire.Version}, map[string][]byte{"a": vector(5)})
			l.send("train", 60, f)
			events := talk(t, l, 1, echo)
			last := events[len(events)-1]
			line := ""
			if last.Err != nil {
				line = last.Err.Error()
			}
			if last.Kind != c.kind || (c.want == "") != (line == "") || !strings.Contains(line, c.want) {
				t.Errorf("%+v", events)
			}
			if c.kind != Answered {
				return
			}
			if _, wrong := l.reply(); wrong != line {
				t.Errorf("the hub reads %q", wrong)
			}
		})
	}
}

// A message whose time is over reaches nobody, and neither does an answer that comes too late.
func TestTimeIsOver(t *testing.T) {
	l := newLink(t)
	f := order(t)
	l.send("train", -1, f)
	l.send("train", 2, f)
	handled := 0
	events := talk(t, l, 2, func(ctx context.Context, f wire.Frame) wire.Frame {
		handled++
		<-ctx.Done()
		return f
	})
	for _, e := range events[1:] {
		if e.Kind != Dropped || e.Err == nil || !strings.Contains(e.Err.Error(), "time is over") {
			t.Errorf("%+v", e)
		}
	}
	if handled != 1 || len(l.replies) > 0 {
		t.Errorf("%d handled, %d replies", handled, len(l.replies))
	}
}

// What cannot work is said at once.
func TestRefused(t *testing.T) {
	l := newLink(t)
	dir := t.TempDir()
	key, public := newKey(t, dir)
	open := filepath.Join(dir, "open.key")
	data, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	stranger := httptest.NewTLSServer(l)
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer stranger.Close()
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{SuperLink: l.URL, Key: filepath.Join(dir, "none")}, "ssh-keygen"},
		{Options{SuperLink: l.URL, Key: open}, "chmod 600"},
		{Options{SuperLink: l.URL, Key: public}, "north.key.pub"},
		{Options{SuperLink: "hub:443", Key: key}, "https://HOST:PORT"},
		{Options{SuperLink: "http://hub.example.org", Key: key}, "use https"},
		{Options{SuperLink: l.URL, Key: key, RootCertificates: public}, "holds none"},
		{Options{SuperLink: stranger.URL, Key: key, RootCertificates: certificates(t, dir)}, "unknown authority"},
	} {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		err := Run(ctx, c.o, echo, nil)
		stop()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
}

// A key that a SuperLink does not take is tried for as long as it may take the node's old self for alive, no longer.
func TestUnknownKey(t *testing.T) {
	l := newLink(t)
	l.closed = true
	key, _ := newKey(t, t.TempDir())
	tries := 0
	var n *node
	n, err := newNode(Options{SuperLink: l.URL, Key: key}, echo, func(e Event) {
		if tries++; e.Kind != Waiting || e.Err == nil {
			t.Errorf("%+v", e)
		}
		n.now = func() time.Time { return time.Now().Add(patience) }
	})
	if err != nil {
		t.Fatal(err)
	}
	err = n.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "flwr supernode register") || tries != 1 {
		t.Errorf("%v after %d tries", err, tries)
	}
}
