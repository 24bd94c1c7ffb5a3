package fleet

import (
	"context"
	"net/http"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	interval = 15.0 // seconds: a SuperLink takes a node for gone that says nothing for twice as long
	beat     = 5 * time.Second
	patience = 2*interval*time.Second + 5*time.Second
	farewell = 5 * time.Second
)

// login makes the node known and active. Its key stays the SuperLink's when the node ends, and so does its number.
//
// A SuperLink refuses a key that it does not know, and one whose node it takes to be there still, with the same words:
// after a crash a node has to wait until its old self counts as gone.
func (n *node) login(ctx context.Context) error {
	began := n.now()
	for gap := firstGap; ; gap = min(2*gap, lastGap) {
		err := n.activate(ctx)
		if refused(err, http.StatusPreconditionFailed) {
			if _, no := n.plain(ctx, "register-node", packet{}.data(1, n.key.public)); no == nil {
				err = n.activate(ctx)
			}
		}
		switch {
		case err == nil:
			return nil
		case refused(err, http.StatusPreconditionFailed) && n.now().Sub(began) > patience:
			return fault.Usagef("%v; is the key registered there (flwr supernode register KEY.pub), "+
				"or does another node run with it?", err)
		case refused(err, http.StatusUnauthorized):
			return fault.Usagef("%v; does this machine's clock go right?", err)
		case !passing(err) && !refused(err, http.StatusPreconditionFailed):
			return err
		}
		n.observe(Event{Kind: Waiting, Err: err})
		if !sleep(ctx, gap) {
			return context.Cause(ctx)
		}
	}
}

func (n *node) activate(ctx context.Context) error {
	answer, err := n.plain(ctx, "activate-node", packet{}.data(1, n.key.public).double(2, interval))
	if err != nil {
		return err
	}
	n.id = 0
	err = each(answer, func(f field) error {
		if f.key == varint(1) {
			n.id = f.bits
		}
		return nil
	})
	if err == nil && n.id == 0 {
		err = fault.Corruptf("activate-node: no number of a node; is a SuperLink there?")
	}
	return err
}

// hearts says that the node is there, until the context ends. What goes wrong shows when messages are looked for.
func (n *node) hearts(ctx context.Context) {
	for sleep(ctx, beat) {
		_, _ = n.plain(ctx, "send-node-heartbeat", n.signed().double(2, interval))
	}
}
