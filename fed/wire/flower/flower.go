// Package flower is the hub's end of a federation that Flower carries: a socket on which Flower's ServerApp, of
// tools/flower, connects, takes orders for sites and brings their answers back. The ServerApp decides nothing.
//
// Frames go both ways at any time. To the ServerApp, with the fields of Order's head:
//
//	{"v":1,"op":"send","id":7,"site":"north","kind":"train","group":"3","timeout":600,"head":{…an order…}}
//	{"v":1,"op":"done"}, or {"v":1,"op":"fail","why":"one line"}: the run is over
//
// From it:
//
//	{"v":1,"op":"hello","flower":"1.42.0"}
//	{"v":1,"op":"reply","id":7,"head":{…an answer…}}, or …"error":"one line"}
package flower

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// errAway says that a ServerApp is needed.
var errAway = errors.New("the ServerApp went away; start `flwr run` again")

// Carrier is a wire.Carrier over one ServerApp after the other.
type Carrier struct {
	listener net.Listener
	tell     func(string)

	mu      sync.Mutex
	app     *app          // that is connected; nil: none
	arrived chan struct{} // closed when one connects
	closed  bool
	last    int64 // number of an order
}

// app is a connected ServerApp.
type app struct {
	conn    net.Conn
	writing sync.Mutex
	waiting map[int64]chan reply // by order
	gone    chan struct{}        // closed when it is
}

// reply is what came of an order.
type reply struct {
	frame wire.Frame
	err   error
}

// head is that of all frames here.
type head struct {
	V       int             `json:"v"`
	Op      string          `json:"op"`
	ID      int64           `json:"id,omitempty"`
	Site    string          `json:"site,omitempty"`
	Kind    string          `json:"kind,omitempty"`
	Group   string          `json:"group,omitempty"`
	Timeout float64         `json:"timeout,omitempty"` // seconds
	Head    json.RawMessage `json:"head,omitempty"`
	Error   string          `json:"error,omitempty"`
	Why     string          `json:"why,omitempty"`
	Flower  string          `json:"flower,omitempty"`
}

// Serve takes ServerApps on a listener until Close. Tell hears a line of who came and went; it may be nil.
func Serve(l net.Listener, tell func(string)) *Carrier {
	if tell == nil {
		tell = func(string) {}
	}
	c := &Carrier{listener: l, tell: tell, arrived: make(chan struct{})}
	go c.accept()
	return c
}

// accept takes one ServerApp at a time; a second one is sent away.
func (c *Carrier) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return // closed
		}
		go c.meet(conn)
	}
}

// meet hears who connects, and hands its replies on until it goes.
func (c *Carrier) meet(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	var h head
	f, err := wire.Read(conn)
	if err == nil {
		err = f.Of(&h)
	}
	switch {
	case err != nil:
		return
	case h.V != wire.Version || h.Op != "hello":
		_ = say(conn, head{Op: "fail", Why: fmt.Sprintf("the hub speaks version %d: use tools/flower of the same "+
			"program version", wire.Version)})
		return
	}
	a := &app{conn: conn, waiting: map[int64]chan reply{}, gone: make(chan struct{})}
	c.mu.Lock()
	if c.app != nil || c.closed {
		c.mu.Unlock()
		_ = say(conn, head{Op: "fail", Why: "the hub has a ServerApp already: end that run first, with `flwr stop`"})
		return
	}
	c.app = a
	close(c.arrived)
	c.mu.Unlock()
	c.tell("Flower " + h.Flower + " carries messages")
	_ = conn.SetReadDeadline(time.Time{})
	c.listen(a)
	c.mu.Lock()
	c.app, c.arrived = nil, make(chan struct{})
	ended := c.closed
	c.mu.Unlock()
	close(a.gone)
	if !ended {
		c.tell(errAway.Error())
	}
}

// listen hands replies to whom they are for.
func (c *Carrier) listen(a *app) {
	for {
		f, err := wire.Read(a.conn)
		if err != nil {
			return
		}
		var h head
		if err := f.Of(&h); err != nil || h.Op != "reply" {
			continue // of a newer version
		}
		c.mu.Lock()
		to := a.waiting[h.ID]
		delete(a.waiting, h.ID)
		c.mu.Unlock()
		switch {
		case to == nil: // nobody waits any more
		case h.Error != "":
			to <- reply{err: errors.New(h.Error)}
		case h.Head == nil:
			to <- reply{err: fault.Corruptf("flower: a reply without an answer")}
		default:
			to <- reply{frame: wire.Frame{Head: h.Head, Arrays: f.Arrays}}
		}
	}
}

func say(conn net.Conn, h head) error {
	h.V = wire.Version
	f, err := wire.New(h, nil)
	if err != nil {
		return err
	}
	return wire.Write(conn, f)
}

// End tells the ServerApp how the run ended: well, or why not.
func (c *Carrier) End(err error) {
	c.mu.Lock()
	a := c.app
	c.closed = true
	c.mu.Unlock()
	if a == nil {
		return
	}
	h := head{Op: "done"}
	if err != nil {
		h = head{Op: "fail", Why: fmt.Sprintf("%.500s", err)}
	}
	a.writing.Lock()
	defer a.writing.Unlock()
	_ = say(a.conn, h) // it may be gone
}

// Close listens no more, and waits a little until a ServerApp that was told the end has heard it.
func (c *Carrier) Close() error {
	err := c.listener.Close()
	c.mu.Lock()
	c.closed = true
	a := c.app
	c.mu.Unlock()
	if a != nil {
		select {
		case <-a.gone:
		case <-time.After(2 * time.Second):
			_ = a.conn.Close()
		}
	}
	return err
}
