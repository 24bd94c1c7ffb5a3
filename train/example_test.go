package train_test

import (
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Steps of SGD on a purified gradient: what works against the zero-shot prediction is taken out of the task's gradient
// before every one.
func Example() {
	head := peft.Head{Text: f32.Of(2, 2, []float32{1, 0, 0, 1}), Scale: 4}
	module, err := peft.New("linear", head, nil)
	if err != nil {
		log.Fatal(err)
	}
	phi := make([]float32, module.Layout().Size())
	module.Anchor(phi) // the zero-shot classifier; a federated client starts from what it was sent
	x, y := f32.Of(2, 2, []float32{0.6, 1, 1, 0.2}), []int32{0, 0}
	teacher := head.ZeroShot(nil, x)

	var memory f32.Arena
	sgd := train.SGD{LR: 0.1}.New(len(phi))
	purifier := train.Purifier{Lambda: 1}
	task, align := train.NewGradient(module.Layout(), nil, &memory), train.NewGradient(module.Layout(), nil, &memory)
	var first, last float64
	for step := range 20 {
		run := module.At(&memory, phi).Forward(&memory, x, nil)
		delta := f32.New(2, 2)
		last = train.CrossEntropy(delta, run.Logits(), y)
		task.Backward(&memory, run, delta)
		train.TKL(delta, run.Logits(), teacher)
		align.Backward(&memory, run, delta)
		purifier.Purify(task, align)
		sgd.Step(phi, task)
		if step == 0 {
			first = last
		}
		memory.Reset()
	}
	fmt.Println("the loss falls:", last < first)
	// Output:
	// the loss falls: true
}

// Losses give their value and write the gradient with respect to the logits.
func ExampleCrossEntropy() {
	logits, delta := f32.Of(1, 2, []float32{2, 0}), f32.New(1, 2)
	loss := train.CrossEntropy(delta, logits, []int32{0})
	fmt.Printf("%.4f %.4f\n", loss, delta.Data)
	// Output:
	// 0.1269 [-0.1192 0.1192]
}
