package eval_test

import (
	"context"
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A state of FedAvg's is measured beside the frozen encoder: here one at which a linear head has the classes the other
// way round.
func Example() {
	test := &fedtest.Memory{X: f32.Of(4, 2, []float32{2, 0, 3, 1, 0, 2, 2, 1}), Y: []int32{0, 0, 1, 1}}
	head := peft.Head{Text: f32.Of(2, 2, []float32{1, 0, 0, 1}), Scale: 10}
	module, err := peft.New("linear", head, nil)
	if err != nil {
		log.Fatal(err)
	}
	shards := []partition.Shard{{Test: []int{0, 2}}, {Test: []int{1, 3}}}
	home := fed.NewHome(module, head, test, shards, 1)
	defer home.Kept.Close()
	e := eval.Evaluator{
		Module: module, Head: head, Test: test, Method: frame.NewFedAvg(peft.Entry{}),
		Home: func(int) *fed.Home { return home }, Balance: metric.DefaultBalance,
	}
	e.Prepare(shards)

	phi := append([]float32{}, home.Initial...)
	w := module.Layout()[0].Of(phi)
	copy(w.Data, []float32{0, 1, 1, 0})
	outcome, err := e.Evaluate(context.Background(), &fed.State{Shared: fed.Message{"phi": phi}}, eval.Full)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("zero-shot:", outcome.ZeroShot.Micro(), "global:", outcome.Global.Micro())
	for k, hits := range outcome.ClientPersonal {
		fmt.Printf("client %d: %.2f\n", k+1, hits.Micro())
	}
	// Output:
	// zero-shot: 0.75 global: 0.25
	// client 1: 0.00
	// client 2: 0.50
}
