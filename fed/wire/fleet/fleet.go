// Package fleet brings a site to Flower without Flower: it is a node of a SuperLink, and hands the messages of a
// ServerApp to a wire.Handler. It speaks the Fleet API of flwr 1.42.0 over HTTP, which is Flower's own and may change
// with the next version; hence it is experimental. Nothing that comes from the network is ever run: the app that a run
// brings along is not even fetched.
//
//	field      protobuf, as it lies
//	message    whom a message is from, and until when it counts
//	object     content in objects that are called by their hash
//	record     a frame's head and arrays from objects; pack: objects of a frame
//	key, call  signed calls
//	exchange   objects there and back
//	login      a node that is known and active
//	node       the loop: look for a message, answer it
package fleet

import (
	"context"
	"time"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// Options say where the SuperLink is and who this site is.
type Options struct {
	SuperLink        string        // https://HOST:PORT; on this machine http is taken, too
	Key              string        // file of the site's private key: ECDSA P-384, as ssh-keygen writes it
	RootCertificates string        // PEM file of who signed the SuperLink's certificate; empty: who the system trusts
	Poll             time.Duration // between looks for messages; 0: 200 ms
}

// Kind is a kind of event.
type Kind int

// Kinds of events.
const (
	Active   Kind = iota // the SuperLink knows the node
	Waiting              // the SuperLink is away or takes the node for somebody else, see Err; the node tries again
	Answered             // a message; with an error, see Err, if it could not be read
	Dropped              // a message that nobody waits for any more, see Err
)

// Event is what an observer is told.
type Event struct {
	Kind     Kind
	Node     uint64        // the number that the SuperLink gave
	Message  string        // type of the message
	Group    string        // its group, the round
	Took     time.Duration // from the message's coming to the end of the answer
	Sent     int64         // bytes for the message
	Received int64
	Err      error
}

// Run is a node until the context ends, and then takes its leave. Orders are handled one at a time; the handler's
// context ends when the message's time is over. A SuperLink that goes away is waited for. An error means that to try
// again makes no sense: a key that the SuperLink does not take, a certificate that is not trusted.
func Run(ctx context.Context, o Options, handle wire.Handler, observe func(Event)) error {
	n, err := newNode(o, handle, observe)
	if err != nil {
		return err
	}
	return n.run(ctx)
}

func newNode(o Options, handle wire.Handler, observe func(Event)) (*node, error) {
	key, err := readKey(o.Key)
	if err != nil {
		return nil, err
	}
	c, err := newCaller(o.SuperLink, key, o.RootCertificates)
	if err != nil {
		return nil, err
	}
	if o.Poll <= 0 {
		o.Poll = 200 * time.Millisecond
	}
	if observe == nil {
		observe = func(Event) {}
	}
	return &node{caller: c, poll: o.Poll, handle: handle, observe: observe}, nil
}

func (n *node) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := n.login(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		n.observe(Event{Kind: Active, Node: n.id})
		alive, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); n.hearts(alive) }()
		err := n.session(ctx)
		stop()
		<-done
		if err != nil {
			break
		}
	}
	if n.id != 0 {
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer stop()
		_, _ = n.plain(last, "deactivate-node", packet{}.number(1, n.id)) // who does not hear it sees the silence
	}
	return nil
}
