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
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
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
	id := fmt.Sprint(h.call.Ask, h.call.Client)
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

func (w *wire) Settle(ctx context.Context) ([]fed.Late, error) {
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

// evaluated adds evaluation in every round, in full detail, to a plan, and returns where the last outcome will be.
func evaluated(
	t *testing.T, p *fedtest.Problem, module peft.Module, plan *fed.Plan, home func(int) *fed.Home,
) *eval.Outcome {
	e := &eval.Evaluator{
		Module: module, Head: p.Head, Test: p.Test, Method: plan.Method, Home: home, Groups: p.Groups,
		Balance: metric.DefaultBalance, Workers: 2,
	}
	e.Prepare(p.Partition.Clients)
	var last eval.Outcome
	plan.Evaluate = func(s *fed.State) (*metric.Scores, error) {
		o, err := e.Evaluate(t.Context(), s, eval.Full)
		if err != nil {
			return nil, err
		}
		last = *o
		return &last.Scores, nil
	}
	return &last
}

// Every method finds the same with clients in one process and with clients that it reaches by bytes alone.
func TestWireGivesTheSameRun(t *testing.T) {
	adjusted, err := train.FindLoss("adjusted")
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, module string, loss fed.Loss, options ...string) {
		t.Run(name+" on "+module+fmt.Sprint(options, loss.Name), func(t *testing.T) {
			p := fedtest.New(t, 5)
			m, at := fedtest.Method(t, name, options...), p.Module(t, module)
			plan := fed.Plan{Method: m, Rounds: 3, Fraction: 0.6, Workers: 3}
			if x, ok := m.(interface{ ExtraRounds() int }); ok {
				plan.Extra = x.ExtraRounds()
			}
			home := p.Home(at)
			home.Loss = loss
			here := evaluated(t, p, at, &plan, func(int) *fed.Home { return home })
			want := fedtest.MustRun(t, home, plan)

			w := newWire(p, at, m, loss)
			plan.Transport = w
			server := p.Home(at)
			server.Loss = loss
			there := evaluated(t, p, at, &plan, func(k int) *fed.Home { return w.homes[k] })
			got := fedtest.MustRun(t, server, plan)
			if len(got.Kept) > 0 {
				t.Error("the server keeps what is the clients'")
			}
			got.Kept = want.Kept // it lies elsewhere; the evaluation shows that it is the same
			fedtest.Identical(t, got, want)
			if a, b := fmt.Sprintf("%+v", *here), fmt.Sprintf("%+v", *there); a != b { // NaN differs from itself
				t.Errorf("the evaluations differ:\n%s\n%s", a, b)
			}
		})
	}
	for _, e := range method.Methods {
		if e.New == nil {
			continue
		}
		for _, module := range []string{"gate", "linear", "lora-head", "text-lora"} {
			if _, headed := fedtest.New(t, 2).Module(t, module).(peft.Headed); headed || !e.Head {
				check(e.Name, module, fed.Loss{})
			}
		}
		check(e.Name, "linear", fed.Loss{LossEntry: adjusted, Options: train.Adjust{Tau: 1, Prior: "global"}})
		check(e.Name, "linear", fed.Loss{}, `{"carry_momentum": true, "momentum": 0.9, "drop_last": true, "epochs": 2}`)
	}
	check("fedpurel", "lora", fed.Loss{}, `{"personal_rounds": 2}`)
	check("fedpurel", "lora", fed.Loss{}, `{"personal_start": "global"}`)
	check("fedper", "lora", fed.Loss{}, `{"private": "B"}`)
}
