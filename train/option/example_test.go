package option_test

import (
	"encoding/json"
	"fmt"

	"github.com/fedpurel/fedpurel/train/option"
)

// A struct with tags is all that options are: flags, spec files and help come from it.
func Example() {
	type Clip struct {
		Norm float64 `json:"clip_norm" usage:"length to which gradients are cut"`
		Each bool    `json:"clip_each" usage:"cut every tensor by itself"`
	}
	options := &Clip{Norm: 1}
	fmt.Println(option.Set(options, "clip_norm", json.RawMessage("0.5")))
	for _, f := range option.Fields(options) {
		fmt.Println(option.Flag(f.Name), f.Value, "-", f.Usage)
	}
	fmt.Println(option.Set(options, "clip_each", json.RawMessage("3")))
	// Output:
	// <nil>
	// --clip-norm 0.5 - length to which gradients are cut
	// --clip-each false - cut every tensor by itself
	// --clip-each: 3 is not true or false
}
