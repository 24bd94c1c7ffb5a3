package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// node is a site as the SuperLink sees it.
type node struct {
	*caller
	id      uint64
	poll    time.Duration
	handle  wire.Handler
	observe func(Event)
}

// signed begins a request with the node's number.
func (n *node) signed() packet { return packet{}.data(1, packet{}.number(1, n.id)) }

// session looks for messages until the SuperLink does not know the node any more (nil), or the context ends.
func (n *node) session(ctx context.Context) error {
	gap := firstGap
	for {
		some, err := n.look(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case refused(err, http.StatusUnauthorized):
			n.observe(Event{Kind: Waiting, Node: n.id, Err: err})
			return nil
		case err != nil:
			n.observe(Event{Kind: Waiting, Node: n.id, Err: err})
			if !sleep(ctx, gap) {
				return context.Cause(ctx)
			}
			gap = min(2*gap, lastGap)
			continue
		}
		gap = firstGap
		if !some && !sleep(ctx, n.poll) {
			return context.Cause(ctx)
		}
	}
}

// look takes a message if there is one and answers it. What is wrong with it is no error here.
func (n *node) look(ctx context.Context) (some bool, err error) {
	answer, err := n.plain(ctx, "pull-messages", n.signed())
	if err != nil {
		return false, err
	}
	var messages, trees [][]byte
	err = each(answer, func(f field) error {
		switch f.key {
		case block(2):
			messages = append(messages, f.data)
		case block(3):
			trees = append(trees, f.data)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for i, data := range messages {
		m, err := readMessage(data)
		if err == nil && i >= len(trees) {
			err = fault.Corruptf("a message without a tree")
		}
		if err != nil {
			n.observe(Event{Kind: Dropped, Node: n.id, Err: err})
			continue
		}
		n.serve(ctx, m, trees[i])
	}
	return len(messages) > 0, nil
}

var errOver = errors.New("the message's time is over")

// serve answers a message within its time. Nobody waits for a message whose time is over or whose run ended: it is
// dropped. One that cannot be read is answered with a line.
func (n *node) serve(ctx context.Context, m message, tree []byte) {
	began, sent, got := n.now(), n.sent.Load(), n.got.Load()
	ctx, cancel := context.WithTimeoutCause(ctx, m.end().Sub(began), errOver)
	defer cancel()
	wrong, err := n.answer(ctx, m, tree, began)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	e := Event{Kind: Answered, Node: n.id, Message: m.kind, Group: m.group, Took: n.now().Sub(began),
		Sent: n.sent.Load() - sent, Received: n.got.Load() - got, Err: wrong}
	if err != nil {
		e.Kind, e.Err = Dropped, err
	}
	n.observe(e)
}

func (n *node) answer(ctx context.Context, m message, tree []byte, began time.Time) (wrong, err error) {
	order, err := n.order(ctx, m, tree)
	var s store
	var below []string
	switch {
	case fault.KindOf(err) == fault.Corrupt, fault.KindOf(err) == fault.Mismatch:
		wrong = err
	case err != nil:
		return nil, err
	default:
		answer := n.handle(ctx, order)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		id, err := s.putFrame(answer)
		if err != nil {
			wrong, s = fmt.Errorf("the site's answer: %w", err), store{}
			break
		}
		below = []string{id}
	}
	line := ""
	if wrong != nil {
		line = wrong.Error()
	}
	reply := m.reply(n.now())
	reply.id = s.put("Message", below, reply.object(line))
	return wrong, n.push(ctx, reply, line, &s, n.now().Sub(began))
}

// order reads what a message brings.
func (n *node) order(ctx context.Context, m message, data []byte) (f wire.Frame, err error) {
	if err := ctx.Err(); err != nil {
		return f, err
	}
	if m.kind != "train" && m.kind != "query" {
		return f, fault.Corruptf("a site answers messages of type train and query, not %.40q", m.kind)
	}
	if m.to != n.id {
		return f, errors.New("it is another node's")
	}
	t, err := readTree(data)
	if err != nil {
		return f, err
	}
	if t.root != m.id {
		return f, fault.Mismatchf("the message %.16q has the objects of another, %.16q", m.id, t.root)
	}
	got, err := n.fetch(ctx, m, t.ids)
	if err != nil {
		return f, err
	}
	return got.frame(t.root)
}
