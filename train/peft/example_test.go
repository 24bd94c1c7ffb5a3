package peft_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A module on the class embeddings of two classes: its parameters are one vector, its logits are the head's until
// something is learned.
func Example() {
	head := peft.Head{Text: f32.Of(2, 3, []float32{1, 0, 0, 0, 1, 0}), Scale: 10}
	module, err := peft.New("lora", head, peft.LowRank{Rank: 2, Alpha: 4})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range module.Layout() {
		fmt.Printf("%s (%d,%d) ", t.Name, t.Rows, t.Cols)
	}
	phi := make([]float32, module.Layout().Size())
	module.Init(phi, rand.New(rand.NewPCG(1, 2)))
	fmt.Println("are", len(phi), "parameters")

	x := f32.Of(1, 3, []float32{3, 4, 0})
	run := module.At(nil, phi).Forward(nil, x, nil)
	fmt.Printf("logits %.2f, zero-shot %.2f\n", run.Logits().Data, head.ZeroShot(nil, x).Data)

	gradient := make([]float32, len(phi))
	run.Backward(nil, gradient, f32.Of(1, 2, []float32{-0.5, 0.5}))
	fmt.Println("a gradient:", f32.Norm(gradient) > 0)
	// Output:
	// A (2,3) B (3,2) are 12 parameters
	// logits [6.00 8.00], zero-shot [6.00 8.00]
	// a gradient: true
}
