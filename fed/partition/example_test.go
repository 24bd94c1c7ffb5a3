package partition_test

import (
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/fed/partition"
)

// Sixty images of three classes are cut to a long tail and dealt to four clients. Equal options and seeds divide equal
// labels equally.
func ExampleMake() {
	labels := func(perClass int) (y []int32) {
		for i := range 3 * perClass {
			y = append(y, int32(i%3))
		}
		return y
	}
	o := partition.Default()
	o.Clients, o.Seed = 4, 1
	o.Tail.(*partition.Exponential).Imbalance = 4
	p, err := partition.Make(labels(20), labels(5), 3, o)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p)
	fmt.Println("images of each class:", p.Counts)
	for k, shard := range p.Clients {
		fmt.Printf("client %d: %d to train on, %d to test on\n", k+1, len(shard.Train), len(shard.Test))
	}
	// Output:
	// long tail IF=4 (35 training images), label-Dirichlet β=1 over 4 clients, data seed 1
	// images of each class: [20 10 5]
	// client 1: 13 to train on, 3 to test on
	// client 2: 4 to train on, 2 to test on
	// client 3: 11 to train on, 4 to test on
	// client 4: 7 to train on, 6 to test on
}
