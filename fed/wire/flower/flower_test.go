package flower_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/fed/wire/flower"
)

// said is a frame's head between hub and ServerApp.
type said struct {
	V       int             `json:"v"`
	Op      string          `json:"op"`
	ID      int64           `json:"id,omitempty"`
	Site    string          `json:"site,omitempty"`
	Kind    string          `json:"kind,omitempty"`
	Timeout float64         `json:"timeout,omitempty"`
	Head    json.RawMessage `json:"head,omitempty"`
	Error   string          `json:"error,omitempty"`
	Why     string          `json:"why,omitempty"`
	Flower  string          `json:"flower,omitempty"`
}

// serverApp is Flower's end, in this process.
type serverApp struct {
	t    *testing.T
	conn net.Conn
}

func connect(t *testing.T, path string) serverApp {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	a := serverApp{t, conn}
	a.say(said{Op: "hello", Flower: "1.42.0"}, nil)
	return a
}

func (a serverApp) say(h said, arrays map[string][]byte) {
	a.t.Helper()
	h.V = wire.Version
	f, err := wire.New(h, arrays)
	if err == nil {
		err = wire.Write(a.conn, f)
	}
	if err != nil {
		a.t.Error(err)
	}
}

func (a serverApp) hear() (h said, f wire.Frame) {
	a.t.Helper()
	_ = a.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	f, err := wire.Read(a.conn)
	if err == nil {
		err = f.Of(&h)
	}
	if err != nil {
		a.t.Error(err)
	}
	return h, f
}

func serve(t *testing.T) (*flower.Carrier, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c := flower.Serve(l, func(line string) { t.Log(line) })
	t.Cleanup(func() { _ = c.Close() })
	return c, path
}

// do puts an order, and hands on what comes of it.
func do(ctx context.Context, t *testing.T, c *flower.Carrier, site string, o wire.Order) chan error {
	t.Helper()
	f, err := wire.New(o, map[string][]byte{"x": []byte(site)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		answer, err := c.Do(ctx, site, f)
		if err == nil && string(answer.Arrays["y"]) != site {
			err = errors.New("an answer of another site: " + string(answer.Arrays["y"]))
		}
		done <- err
	}()
	return done
}

// Orders wait for the ServerApp, and answers find whom they are for, in any order.
func TestOrdersAndAnswers(t *testing.T) {
	c, path := serve(t)
	north := do(t.Context(), t, c, "north", wire.Order{Op: wire.Work, Tasks: []wire.Task{{Round: 3}}})
	south := do(t.Context(), t, c, "south", wire.Order{Op: wire.Hello})
	a := connect(t, path)
	kinds := map[string]string{}
	var orders []said
	for range 2 {
		h, f := a.hear()
		if h.Op != "send" || string(f.Arrays["x"]) != h.Site || h.Timeout <= 0 {
			t.Errorf("%+v", h)
		}
		kinds[h.Site] = h.Kind
		orders = append(orders, h)
	}
	if kinds["north"] != "train" || kinds["south"] != "query" {
		t.Error(kinds)
	}
	for _, h := range []said{orders[1], orders[0], {ID: 99}} { // and one that nobody waits for
		a.say(said{Op: "reply", ID: h.ID, Head: json.RawMessage(`{}`)}, map[string][]byte{"y": []byte(h.Site)})
	}
	if err := errors.Join(<-north, <-south); err != nil {
		t.Error(err)
	}
	failing := do(t.Context(), t, c, "east", wire.Order{Op: wire.Work})
	h, _ := a.hear()
	a.say(said{Op: "reply", ID: h.ID, Error: "no node of it is connected"}, nil)
	if err := <-failing; err == nil || err.Error() != "no node of it is connected" {
		t.Error(err)
	}
	c.End(errors.New("the run failed"))
	if h, _ := a.hear(); h.Op != "fail" || h.Why != "the run failed" {
		t.Errorf("%+v", h)
	}
}

// A ServerApp that goes fails what is under way; the next one carries on, and a second one beside it is sent away.
func TestServerAppsComeAndGo(t *testing.T) {
	c, path := serve(t)
	first := connect(t, path)
	lost := do(t.Context(), t, c, "north", wire.Order{Op: wire.Work})
	first.hear()
	second := connect(t, path)
	if h, _ := second.hear(); h.Op != "fail" || !strings.Contains(h.Why, "already") {
		t.Errorf("%+v", h)
	}
	_ = first.conn.Close()
	if err := <-lost; err == nil || !strings.Contains(err.Error(), "start `flwr run` again") {
		t.Error(err)
	}
	again := do(t.Context(), t, c, "north", wire.Order{Op: wire.Work})
	third := connect(t, path)
	h, _ := third.hear()
	third.say(said{Op: "reply", ID: h.ID, Head: json.RawMessage(`{}`)}, map[string][]byte{"y": []byte("north")})
	if err := <-again; err != nil {
		t.Error(err)
	}
	c.End(nil)
	if h, _ := third.hear(); h.Op != "done" {
		t.Errorf("%+v", h)
	}
}

// Nobody waits longer than its time.
func TestDeadlines(t *testing.T) {
	c, path := serve(t)
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := <-do(short, t, c, "north", wire.Order{Op: wire.Work}); err == nil ||
		!strings.Contains(err.Error(), "no ServerApp came") {
		t.Error(err)
	}
	connect(t, path)
	short, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := <-do(short, t, c, "north", wire.Order{Op: wire.Work}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
