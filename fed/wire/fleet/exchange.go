package fleet

import (
	"context"
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

const (
	pulls    = 4                      // objects under way at once
	notYet   = 100 * time.Millisecond // between looks for an object that its sender has not brought yet
	firstGap = 250 * time.Millisecond // before a call is made again; then twice as long
	lastGap  = 15 * time.Second
)

// errGone is what becomes of a message that nobody waits for.
var errGone = fault.Missingf("an object of the message is gone")

// insist makes a call again until it works, is refused, or the context ends.
func insist(ctx context.Context, call func() error) error {
	for gap := firstGap; ; gap = min(2*gap, lastGap) {
		err := call()
		if err == nil || !passing(err) {
			return err
		}
		if !sleep(ctx, gap) {
			return err
		}
	}
}

// sleep waits, and tells whether the context goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// fetch brings a message's objects, several at once, and tells the SuperLink that it has them.
func (n *node) fetch(ctx context.Context, m message, ids []string) (content, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		all   sync.WaitGroup
		turn  = make(chan struct{}, pulls)
		guard sync.Mutex
		got   = content{}
		left  atomic.Int64
	)
	left.Store(maxContent)
	for _, id := range ids {
		turn <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-turn }()
			data, err := n.object(ctx, m.run, id)
			if err == nil && left.Add(-int64(len(data))) < 0 {
				err = fault.Corruptf("a message of more than %d bytes", maxContent)
			}
			if err != nil {
				stop(err)
				return
			}
			guard.Lock()
			defer guard.Unlock()
			got[id] = data
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return got, insist(ctx, func() error {
		_, err := n.plain(ctx, "confirm-message-received", n.signed().number(2, m.run).text(3, m.id))
		return err
	})
}

// object brings one object and checks its hash.
func (n *node) object(ctx context.Context, run uint64, id string) (data []byte, err error) {
	for {
		var found, there bool
		err := insist(ctx, func() error {
			answer, err := n.call(ctx, "pull-object", objectWait, maxObject, n.signed().number(2, run).text(3, id))
			if err != nil {
				return err
			}
			found, there, data = false, false, nil
			return each(answer, func(f field) error {
				switch f.key {
				case varint(1):
					found = f.bits != 0
				case varint(2):
					there = f.bits != 0
				case block(3):
					data = f.data
				}
				return nil
			})
		})
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, errGone
		case there && hashOf(data) != id:
			return nil, fault.Mismatchf("object %.16s… has another hash, %.16s…", id, hashOf(data))
		case there:
			return data, nil
		}
		if !sleep(ctx, notYet) {
			return nil, context.Cause(ctx)
		}
	}
}

// push sends a reply and the objects of it that the SuperLink lacks. A SuperLink that went away in between may have
// forgotten what it was told: then all is said again, in the same bytes.
func (n *node) push(ctx context.Context, m message, wrong string, s *store, took time.Duration) error {
	request := n.signed().data(2, m.envelope(wrong)).data(3, s.tree[m.id]).
		data(4, binary.LittleEndian.AppendUint64(nil, math.Float64bits(took.Seconds())))
	for {
		var missing []string
		var session string
		err := insist(ctx, func() error {
			missing, session = nil, ""
			answer, err := n.plain(ctx, "push-messages", request)
			if err != nil {
				return err
			}
			return each(answer, func(f field) error {
				switch f.key {
				case block(3):
					missing = append(missing, string(f.data))
				case block(4):
					session = string(f.data)
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		stored, err := n.pushObjects(ctx, m.run, missing, session, s)
		if err != nil || stored {
			return err
		}
		if !sleep(ctx, firstGap) {
			return context.Cause(ctx)
		}
	}
}

// pushObjects sends objects and tells whether all were taken.
func (n *node) pushObjects(ctx context.Context, run uint64, ids []string, session string, s *store) (bool, error) {
	for _, id := range ids {
		data, ours := s.content[id]
		if !ours {
			return false, fault.Corruptf("the SuperLink asks for the object %.70q, which is none of the reply", id)
		}
		stored := false
		err := insist(ctx, func() error {
			answer, err := n.call(ctx, "push-object", objectWait, maxPlainIn,
				n.signed().number(2, run).text(3, id).data(4, data).text(5, session))
			if err != nil {
				return err
			}
			return each(answer, func(f field) error {
				if f.key == varint(1) {
					stored = f.bits != 0
				}
				return nil
			})
		})
		if err != nil || !stored {
			return false, err
		}
	}
	return true, nil
}
