package flower

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// Do brings an order to a site. While no ServerApp is connected it waits for one.
func (c *Carrier) Do(ctx context.Context, site string, order wire.Frame) (wire.Frame, error) {
	a, err := c.connected(ctx)
	if err != nil {
		return wire.Frame{}, err
	}
	var o wire.Order
	if err := order.Of(&o); err != nil {
		return wire.Frame{}, err
	}
	h := head{V: wire.Version, Op: "send", Site: site, Kind: "train", Head: order.Head, Timeout: time.Hour.Seconds()}
	if o.Op == wire.Hello {
		h.Kind = "query"
	}
	for _, t := range o.Tasks {
		h.Group = strconv.Itoa(t.Round + 1)
	}
	if end, limited := ctx.Deadline(); limited {
		h.Timeout = max(time.Until(end).Seconds(), 0.1)
	}
	back := make(chan reply, 1)
	c.mu.Lock()
	c.last++
	h.ID = c.last
	a.waiting[h.ID] = back
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(a.waiting, h.ID)
		c.mu.Unlock()
	}()
	f, err := wire.New(h, order.Arrays)
	if err != nil {
		return wire.Frame{}, err
	}
	a.writing.Lock()
	err = wire.Write(a.conn, f)
	a.writing.Unlock()
	if err != nil {
		_ = a.conn.Close() // half a frame is on it
		return wire.Frame{}, errAway
	}
	select {
	case r := <-back:
		return r.frame, r.err
	case <-a.gone:
		return wire.Frame{}, errAway
	case <-ctx.Done():
		return wire.Frame{}, fmt.Errorf("site %q did not answer in time: %w", site, ctx.Err())
	}
}

// connected waits for a ServerApp.
func (c *Carrier) connected(ctx context.Context) (*app, error) {
	for {
		c.mu.Lock()
		a, arrived := c.app, c.arrived
		c.mu.Unlock()
		if a != nil {
			return a, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return nil, fmt.Errorf("no ServerApp came; start `flwr run`: %w", ctx.Err())
		}
	}
}
