package fed_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/peft"
)

// wire is a transport as a network is one: every question and answer is bytes in between, each client has a home of
// its own with nobody else's data, what nobody waits for is held back until the client's next question, and every
// question comes twice.
type wire struct {
	homes []*fed.Home
	mu    sync.Mutex
	held  map[int][]held
	late  []fed.Late
	known map[string]sent // answers to what was asked in this round
}

type held struct {
	call  fed.Call
	bytes []byte
}

// sent is a reply on its way.
type sent struct {
	answer []byte
	reply  fed.Reply
}

func newWire(p *fedtest.Problem, module peft.Module, m fed.Method, loss fed.Loss) *wire {
	w := &wire{held: map[int][]held{}, known: map[string]sent{}}
	for k := range p.Partition.Clients {
		alone := make([]partition.Shard, len(p.Partition.Clients))
		alone[k] = p.Partition.Clients[k]
		home := fed.NewHome(module, p.Head, p.Train, alone, fedtest.Seed)
		home.Stages, home.Loss = m.Stages(), loss
		w.homes = append(w.homes, home)
	}
	return w
}

func encode(m fed.Message) (out []byte) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = binary.AppendUvarint(out, uint64(len(name)))
		out = append(out, name...)
		out = binary.AppendUvarint(out, uint64(len(m[name])))
		for _, v := range m[name] {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	return out
}

func decode(in []byte) fed.Message {
	m := fed.Message{}
	number := func() int {
		n, size := binary.Uvarint(in)
		in = in[size:]
		return int(n)
	}
	for len(in) > 0 {
		n := number()
		name := string(in[:n])
		in = in[n:]
		v := make([]float32, number())
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(in[4*i:]))
		}
		in, m[name] = in[4*len(v):], v
	}
	return m
}

// Ask sends what is held for the client first, and then the question, twice.
func (w *wire) Ask(ctx context.Context, call fed.Call) fed.Reply {
	h := held{call, encode(call.Question)}
	if !call.Wait {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.held[call.Client] = append(w.held[call.Client], h)
		return fed.Reply{Held: true}
	}
	w.flush(ctx, call.Client)
	first, again := w.put(ctx, h), w.put(ctx, h)
	if !slices.Equal(first.answer, again.answer) {
		return fed.Reply{Err: errors.New("a question that came twice was answered in two ways")}
	}
	first.reply.Answer = decode(first.answer)
	return first.reply
}

// put is the client's side of the wire: what was asked before is answered from memory.
func (w *wire) put(ctx context.Context, h held) sent {
	id := fmt.Sprint(h.call.Round, h.call.Ask, h.call.Client)
	w.mu.Lock()
	known, asked := w.known[id]
	w.mu.Unlock()
	if asked {
		return known
	}
	call := h.call
	call.Question = decode(h.bytes)
	reply := w.homes[call.Client].Ask(ctx, call)
	s := sent{encode(reply.Answer), reply}
	reply.Release()
	s.reply = fed.Reply{Observed: reply.Observed, Err: reply.Err}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[id] = s
	return s
}

// flush delivers what was held back for a client.
func (w *wire) flush(ctx context.Context, client int) {
	w.mu.Lock()
	waiting := w.held[client]
	delete(w.held, client)
	w.mu.Unlock()
	for _, h := range waiting {
		first := w.put(ctx, h)
		w.put(ctx, h)
		w.mu.Lock()
		w.late = append(w.late, fed.Late{Call: h.call, Reply: first.reply})
		w.mu.Unlock()
	}
}

func (w *wire) Settle(ctx context.Context, _ int) ([]fed.Late, error) {
	for k := range w.homes {
		w.flush(ctx, k)
	}
	late := w.late
	w.late = nil
	slices.SortFunc(late, func(a, b fed.Late) int {
		return cmp.Or(cmp.Compare(a.Call.Ask, b.Call.Ask), cmp.Compare(a.Client, b.Client))
	})
	return late, nil
}

func (w *wire) End(keep bool) error {
	clear(w.known)
	clear(w.held)
	for _, h := range w.homes {
		if err := h.End(keep); err != nil {
			return err
		}
	}
	return nil
}
