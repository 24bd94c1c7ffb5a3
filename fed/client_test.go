package fed_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// unguarded hands out features without looking at them.
type unguarded struct{ *fedtest.Memory }

func (u unguarded) Gather(dst f32.Matrix, rows []int) error {
	for i, r := range rows {
		copy(dst.Row(i), u.X.Row(r))
	}
	return nil
}

func TestNotFinite(t *testing.T) {
	const huge = `{"lr": 1e38, "personal_lr": 1e38}`
	for _, c := range []struct {
		name    string
		poison  float32 // replaces a feature of client 1, unless 0
		guarded bool
		set     string
		want    string
	}{
		{"NaN that the source notices", float32(math.NaN()), true, `{}`, `round 1, client 1: .*row \d+ is not finite`},
		{"NaN in a feature", float32(math.NaN()), false, `{}`, `round 1, client 1: step \d+: loss_\w+ is NaN; lower`},
		{"infinite feature", float32(math.Inf(1)), false, `{}`, `round 1, client 1: step \d+: loss_\w+ is NaN; lower`},
		{"huge learning rate", 0, true, huge, `round 1, client 0: step \d+: loss_\w+ is NaN; lower`},
		{"huge learning rate in the only step", 0, true, `{"lr": 1e38, "personal_lr": 1e38, "batch": 1000}`,
			`round \d+, client \d: .*(not finite|is NaN); lower`},
		{"huge learning rate of the residual", 0, true, `{"personal_lr": 1e300}`,
			`round 1, client 0: step \d+: loss_personal is NaN; lower`},
	} {
		for _, module := range []string{"gate", "lora"} {
			t.Run(c.name+", "+module, func(t *testing.T) {
				p := fedtest.New(t, 3)
				if c.poison != 0 {
					p.Train.X.Row(p.Partition.Clients[1].Train[0])[0] = c.poison
				}
				home := p.Home(p.Module(t, module))
				if !c.guarded {
					home.Train = unguarded{p.Train}
				}
				plan := fed.Plan{Method: fedtest.Method(t, "fedpurel", c.set), Rounds: 4, Workers: 2}
				_, err := fedtest.Run(t.Context(), home, plan)
				if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
					t.Errorf("error %v, want %s", err, c.want)
				}
			})
		}
	}
}

// Batches give every row once an epoch, with its own label and teacher, in an order that follows round, client, stage
// and epoch.
func TestBatches(t *testing.T) {
	p := fedtest.New(t, 3)
	for i := range p.Train.Len() { // the row's number, readable from its features
		p.Train.X.Row(i)[0] = float32(i + 1)
	}
	var mu sync.Mutex
	orders := map[string][]int{}
	walk := func(c *fed.Client, pass fed.Pass) (epochs [][]int) {
		var rows []int
		for b := range c.Batches(pass) {
			z, zero := b.Teacher(), p.Head.ZeroShot(nil, b.X)
			if b.X.Rows != len(b.Y) || b.X.Rows != z.Rows || b.X.Rows > 16 {
				t.Errorf("batch of %d, %d labels, %d teachers", b.X.Rows, len(b.Y), z.Rows)
			}
			for i, y := range b.Y {
				row := int(b.X.Row(i)[0]) - 1
				rows = append(rows, row)
				if y != p.Train.Y[row] || f32.Distance(zero.Row(i), z.Row(i)) > 1e-4 ||
					!slices.Equal(b.X.Row(i), p.Train.X.Row(row)) {
					t.Errorf("row %d comes with label %d and teacher %v", row, y, z.Row(i))
				}
			}
			if len(rows) == c.Size() {
				epochs, rows = append(epochs, rows), nil
			}
		}
		if len(rows) > 0 || c.Err() != nil {
			t.Errorf("%d rows are left, %v", len(rows), c.Err())
		}
		return epochs
	}
	m := made{stages: fed.Stages{"walk": func(c *fed.Client, q fed.Message) fed.Message {
		for stage := range uint64(2) {
			pass := fed.Pass{Stage: stage, Batching: fed.Batching{Size: 16}, Epochs: 2}
			epochs := walk(c, pass)
			if !slices.EqualFunc(epochs, walk(c, pass), slices.Equal[[]int]) {
				t.Error("a second pass at the same coordinates has another order")
			}
			if pass.Epochs = 0; !slices.EqualFunc(epochs[:1], walk(c, pass), slices.Equal[[]int]) {
				t.Error("a pass of one epoch is not the beginning of one of two")
			}
			mu.Lock()
			for e, rows := range epochs {
				orders[fmt.Sprint(q["round"][0], c.ID, stage, e)] = rows
			}
			mu.Unlock()
		}
		return nil
	}}}
	m.round = func(r *fed.Round) error {
		r.Shared["round"] = []float32{float32(r.Index)}
		return r.Ask(fed.Ask{Stage: "walk"})
	}
	fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 2, Method: m, Workers: 3})
	seen := map[string]string{}
	for at, rows := range orders {
		if other, dup := seen[fmt.Sprint(rows)]; dup {
			t.Errorf("the order at %s is that at %s", at, other)
		}
		seen[fmt.Sprint(rows)] = at
		var index, k, stage, epoch int
		if _, err := fmt.Sscan(at, &index, &k, &stage, &epoch); err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		if !slices.Equal(rows, p.Partition.Clients[k].Train) {
			t.Errorf("at %s: rows %v", at, rows)
		}
	}
	if len(orders) != 24 {
		t.Errorf("%d orders", len(orders))
	}
}

// Dropping the last batch leaves it out of every epoch, but not the only one.
func TestDropLast(t *testing.T) {
	p := fedtest.New(t, 3)
	for _, size := range []int{8, 10000} {
		pass := fed.Pass{Stage: 1, Batching: fed.Batching{Size: size, DropLast: true}, Epochs: 3}
		m := asking(func(c *fed.Client, _ fed.Message) fed.Message {
			n := 0
			for b := range c.Batches(pass) {
				n += len(b.Y)
			}
			if want := max(c.Size()/size*size, min(c.Size(), size)) * 3; n != want {
				t.Errorf("client %d with %d samples trains on %d in batches of %d", c.ID, c.Size(), n, size)
			}
			return nil
		})
		fedtest.MustRun(t, p.Home(p.Module(t, "lora")), fed.Plan{Rounds: 1, Method: m})
	}
}

// What a client gets is a copy, what it keeps is there in its next round, and its samples are its own.
func TestClientsKeep(t *testing.T) {
	p := fedtest.New(t, 2)
	home := p.Home(p.Module(t, "lora"))
	initial := slices.Clone(home.Initial)
	seen := [2]int{}
	o := fedtest.MustRun(t, home, fed.Plan{Rounds: 3, Method: asking(func(c *fed.Client, q fed.Message) fed.Message {
		c.Copy(q["phi"])[0] = 99
		if c.Kept("nothing", nil) != nil || c.Kept("phi", q["phi"])[1] != initial[1] {
			t.Error("a client has what it never kept")
		}
		own := c.Kept("count", []float32{0})
		own[0]++
		c.Keep("count", own)
		own[0] = 99
		seen[c.ID]++
		if n := int(c.Kept("count", nil)[0]); n != seen[c.ID] {
			t.Errorf("client %d counts %d in round %d", c.ID, n, seen[c.ID])
		}
		total := 0
		for class, n := range c.Counts() {
			rows := c.Rows(class)
			x := c.Gather(rows)
			for i, r := range rows {
				row := p.Partition.Clients[c.ID].Train[r]
				if int(p.Train.Y[row]) != class || !slices.Equal(x.Row(i), p.Train.X.Row(row)) {
					t.Errorf("client %d: sample %d of class %d is row %d", c.ID, r, class, row)
				}
			}
			if total += n; n != len(rows) {
				t.Errorf("client %d: %d and %d samples of class %d", c.ID, n, len(rows), class)
			}
		}
		if total != c.Size() {
			t.Errorf("client %d has %d samples, counts %d", c.ID, c.Size(), total)
		}
		return nil
	})})
	if !slices.Equal(o.State.Shared["phi"], initial) || !slices.Equal(home.Initial, initial) || o.Kept["phi"] != nil {
		t.Error("writing to a copy reached the state")
	}
	if !slices.Equal(o.Kept["count"][0], []float32{3}) {
		t.Errorf("kept %v", o.Kept)
	}
}

// Only the tensors of a pass's part move, weight decay included; all gradients of a batch are different ones.
func TestOnlyAPart(t *testing.T) {
	p := fedtest.New(t, 2)
	module := p.Module(t, "gate")
	part := module.Layout().Only("W2", "b1")
	m := asking(func(c *fed.Client, q fed.Message) fed.Message {
		phi := c.Copy(q["phi"])
		rule := train.SGD{LR: 0.1, Momentum: 0.5, WeightDecay: 0.3}.New(len(phi))
		pass := fed.Pass{Stage: 1, Batching: fed.Batching{Size: 8}, Only: part}
		c.Descend(pass, phi, rule, func(phi []float32, b *fed.Batch) *train.Gradient {
			at := b.At(phi)
			if first, second := at.Task(), at.Task(); first == second {
				t.Error("two gradients of a batch are one")
			}
			return at.Task()
		})
		for _, tensor := range module.Layout() {
			still := slices.Equal(tensor.Slice(phi), tensor.Slice(q["phi"]))
			if moves := slices.Contains(part.Names(), tensor.Name); still == moves {
				t.Errorf("%s: stays as it is: %v", tensor.Name, still)
			}
		}
		return nil
	})
	fedtest.MustRun(t, p.Home(module), fed.Plan{Rounds: 1, Method: m})
}
