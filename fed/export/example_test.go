package export_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/fedpurel/fedpurel/fed/export"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A model, mostly one of lab.Tables.OpenModel, and here two class embeddings, becomes a folder of files.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	m := &lab.Model{
		Card: lab.Card{Classes: []string{"cat", "dog"}, Method: "zeroshot"},
		Head: peft.Head{Text: f32.Of(2, 3, []float32{1, 0, 0, 0, 1, 0}), Scale: 100},
	}
	card, err := export.Write(context.Background(), dir, m, export.Options{Formats: []string{"onnx", "npy"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(card.Formula, "\n"))
	fmt.Println(len(card.Files), "files, and the card")
	// Output:
	// v1 = x / ‖x‖
	// v2 = v1 textᵀ
	// logits = 100 · v2
	// 3 files, and the card
}
