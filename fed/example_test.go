package fed_test

import (
	"context"
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// points are a program's own training samples.
type points struct {
	x f32.Matrix
	y []int32
}

func (p points) Len() int        { return p.x.Rows }
func (p points) Dim() int        { return p.x.Cols }
func (p points) Labels() []int32 { return p.y }
func (p points) Gather(dst f32.Matrix, rows []int) error {
	for i, r := range rows {
		copy(dst.Row(i), p.x.Row(r))
	}
	return nil
}

// average is federated averaging: clients descend, the server averages.
type average struct{ fed.Simple }

func (average) Stages() fed.Stages {
	return fed.Stages{"fit": func(c *fed.Client, q fed.Message) fed.Message {
		phi := c.Copy(q["phi"])
		pass := fed.Pass{Batching: fed.Batching{Size: 2}, Epochs: 5}
		c.Descend(pass, phi, train.SGD{LR: 0.5}.New(len(phi)), func(phi []float32, b *fed.Batch) *train.Gradient {
			return b.At(phi).Task()
		})
		return fed.Message{"phi": phi}
	}}
}

func (average) Round(r *fed.Round) error {
	mean, err := r.Average(fed.Ask{Stage: "fit"}, "phi")
	if err == nil {
		r.Shared["phi"] = mean["phi"]
	}
	return err
}

// A method of one's own, on data in memory: two clients, each of which has one of two classes that the frozen head has
// the wrong way round.
func Example() {
	data := points{f32.Of(4, 2, []float32{1, 0.1, 1, 0.2, 0.1, 1, 0.2, 1}), []int32{0, 0, 1, 1}}
	head := peft.Head{Text: f32.Of(2, 2, []float32{0, 1, 1, 0}), Scale: 4}
	module, err := peft.New("linear", head, nil)
	if err != nil {
		log.Fatal(err)
	}
	shards := []partition.Shard{{Train: []int{0, 1}}, {Train: []int{2, 3}}}
	home := fed.NewHome(module, head, data, shards, 1)
	defer home.Kept.Close()

	state, rounds, err := fed.Run(context.Background(), home, fed.Plan{Method: average{}, Rounds: 20, Fraction: 1})
	if err != nil {
		log.Fatal(err)
	}
	logits := module.At(nil, state.Shared["phi"]).Forward(nil, data.x, nil).Logits()
	for i := range logits.Rows {
		fmt.Print("class ", f32.Argmax(logits.Row(i)), " ")
	}
	fmt.Println("after", len(rounds), "rounds")
	// Output:
	// class 0 class 0 class 1 class 1 after 20 rounds
}
