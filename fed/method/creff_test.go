package method_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// CReFF's FedAvg is FedAvg bit for bit, at the server and at every client; its global model is the body with another
// head, which every round makes anew.
func TestCReFFLeavesFedAvgAlone(t *testing.T) {
	for _, module := range []string{"linear", "lora-head", "gate-head"} {
		for _, options := range []string{`{}`, `{"creff_start": "normal"}`, `{"carry_momentum": true}`} {
			p := fedtest.New(t, 5)
			average := fedtest.Method(t, "fedavg")
			if options != `{"creff_start": "normal"}` {
				average = fedtest.Method(t, "fedavg", options)
			}
			avg, m := run(t, p, module, average, 3, 0.6), fedtest.Method(t, "creff", options)
			o := run(t, p, module, m, 3, 0.6)
			if !slices.Equal(phi(o), phi(avg)) {
				t.Errorf("%s, %s: %v apart from FedAvg", module, options, f32.Distance(phi(o), phi(avg)))
			}
			for k, own := range avg.Kept["phi"] {
				if !slices.Equal(own, o.Kept["phi"][k]) {
					t.Errorf("%s, %s: client %d is apart from FedAvg's", module, options, k)
				}
			}
			global, err := m.Global(o.State.Shared)[0].Phi(nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, tensor := range p.Module(t, module).Layout() {
				head := slices.Contains(p.Module(t, module).(peft.Headed).Head(), tensor)
				if same := slices.Equal(tensor.Slice(global), tensor.Slice(phi(o))); same == head {
					t.Errorf("%s, %s: the global model's %s is FedAvg's: %v", module, options, tensor.Name, same)
				}
			}
		}
	}
}

// overheard is a transport that shows the answers.
type overheard struct {
	fed.Transport
	mu   sync.Mutex
	said map[int]fed.Message
}

func (o *overheard) Ask(ctx context.Context, call fed.Call) fed.Reply {
	reply := o.Transport.Ask(ctx, call)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said[call.Client] = fed.Message{}
	for name, v := range reply.Answer {
		o.said[call.Client][name] = slices.Clone(v)
	}
	return reply
}

// What a client of CReFF sends is the gradient with respect to the head, in the module's own terms, of the mean
// cross-entropy of its images of a class; where it has many, of draws that give nearly that. It is counted.
func TestCReFFClassGradients(t *testing.T) {
	p := fedtest.New(t, 3)
	module := p.Module(t, "lora-head")
	home := p.Home(module)
	spy := &overheard{Transport: home, said: map[int]fed.Message{}}
	o := fedtest.MustRun(t, home, fed.Plan{
		Method: fedtest.Method(t, "creff"), Rounds: 1, Fraction: 1, Workers: 2, Transport: spy,
	})
	head := module.(peft.Headed).Head()
	var floats int64
	few, many := 0, 0
	for k, answer := range spy.said {
		var owned []float32
		for class := range fedtest.Classes {
			var rows []int
			for _, row := range p.Partition.Clients[k].Train {
				if int(p.Train.Y[row]) == class {
					rows = append(rows, row)
				}
			}
			if len(rows) == 0 {
				continue
			}
			x, y := f32.New(len(rows), fedtest.Dim), make([]int32, len(rows))
			for i := range rows {
				copy(x.Row(i), p.Train.X.Row(rows[i]))
				y[i] = int32(class)
			}
			run := module.At(nil, home.Initial).Forward(nil, x, nil)
			delta, all := f32.New(len(rows), fedtest.Classes), make([]float32, len(home.Initial))
			train.CrossEntropy(delta, run.Logits(), y)
			run.Backward(nil, all, delta)
			want, n := head.Take(all), head.Count()
			got := answer["gradients"][len(owned)*n : (len(owned)+1)*n]
			owned = append(owned, float32(class))
			near := 1e-5
			if few++; len(rows) > 32 {
				near = 0.3
				many++
			}
			if d := f32.Distance(want, got); d > near*f32.Norm(want) || near > 0.1 && d == 0 {
				t.Errorf("client %d, %d images of class %d: %v apart of %v", k, len(rows), class, d, f32.Norm(want))
			}
		}
		if !slices.Equal(owned, answer["classes"]) {
			t.Errorf("client %d says classes %v, has %v", k, answer["classes"], owned)
		}
		floats += int64(2*len(home.Initial) + head.Count() + len(owned)*(1+head.Count()))
	}
	if few == many || many == 0 {
		t.Errorf("%d classes at clients, %d of many images: the test shows nothing", few, many)
	}
	if got := o.Records[0].Floats; got != floats {
		t.Errorf("%d numbers are counted, not %d", got, floats)
	}
}

// CReFF refuses modules without a head, and class gradients that are too many.
func TestCReFFFits(t *testing.T) {
	p := fedtest.New(t, 2)
	m := fedtest.Method(t, "creff")
	large, err := peft.New("linear", peft.Head{Text: f32.New(300, 512), Scale: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for what, module := range map[string]peft.Module{"lora": p.Module(t, "lora"), "300 classes": large} {
		if err := method.Fits(m, module); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := method.Fits(m, p.Module(t, "linear")); err != nil {
		t.Error(err)
	}
}

// A trace of CReFF holds all that a replay cannot know: the images that clients drew, by class, the first features, and
// the batches of every epoch on them.
func TestCReFFTrace(t *testing.T) {
	p := fedtest.New(t, 3)
	var first f32.Matrix
	var images int
	epochs := map[int][]int{}
	plan := fed.Plan{Method: fedtest.Method(t, "creff"), Rounds: 1, Fraction: 1, Workers: 2}
	plan.Trace = func(s fed.Step) error {
		switch {
		case s.Client != fed.Server && s.Stage == 3:
			images += len(s.Rows)
			for _, row := range s.Rows {
				if int(p.Train.Y[row]) != s.Step || !slices.Contains(p.Partition.Clients[s.Client].Train, row) {
					t.Errorf("client %d draws row %d of class %d", s.Client, row, s.Step)
				}
			}
		case s.Client == fed.Server && s.Stage == 4:
			first = s.Drawn
		case s.Client == fed.Server && s.Stage == 6:
			batches := fedtest.Classes * 20 / 8
			epochs[s.Step/batches] = append(epochs[s.Step/batches], s.Rows...)
		}
		return nil
	}
	fedtest.MustRun(t, p.Home(p.Module(t, "linear")), plan)
	if images == 0 || first.Rows != fedtest.Classes*20 || first.Cols != fedtest.Dim || len(epochs) != 5 {
		t.Errorf("%d images, %d × %d features, %d epochs", images, first.Rows, first.Cols, len(epochs))
	}
	for n, rows := range epochs {
		slices.Sort(rows)
		if len(slices.Compact(rows)) != first.Rows {
			t.Errorf("epoch %d goes through %d features", n, len(rows))
		}
	}
}
