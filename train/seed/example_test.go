package seed_test

import (
	"fmt"

	"github.com/fedpurel/fedpurel/train/seed"
)

// A stream belongs to a purpose and its coordinates: it does not depend on which others were used before.
func Example() {
	root := seed.Root(1)
	first := root.Stream(seed.Shuffle, 3, 7).Perm(5)
	root.Stream(seed.Cohort, 3).Float64()
	fmt.Println(first, root.Stream(seed.Shuffle, 3, 7).Perm(5), root.Stream(seed.Shuffle, 3, 8).Perm(5))
	// Output:
	// [1 0 2 4 3] [1 0 2 4 3] [4 1 2 3 0]
}
