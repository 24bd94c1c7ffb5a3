package method_test

import (
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The options of a method stand beside it, with defaults that suit a module.
func Example() {
	gate, err := peft.Find("gate")
	if err != nil {
		log.Fatal(err)
	}
	m := purel.NewFedPuReL(gate)
	m.Mix = 0.5
	for _, o := range option.Fields(m.Purify) {
		fmt.Printf("%s = %v: %s\n", o.Name, o.Value, o.Usage)
	}
	fmt.Println("valid:", m.Validate() == nil)
	m.Mix = 2
	fmt.Println(m.Validate())
	// Output:
	// align = tkl: alignment loss: tkl (temperature-aligned), kl or lskd (standardized logits)
	// purify_lambda = 1: strength λ of the gradient projection; 0 turns it off
	// scope = tensor: what is projected at once: tensor, row (of a class) or global (all)
	// valid: true
	// method: mixing weight 2 must lie in [0,1]
}
