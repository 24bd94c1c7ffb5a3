// Command kernels writes the assembly of train/f32.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64")
	for _, s := range isas {
		s.product()
		s.transpose()
		s.vectors()
		s.exponentials()
	}
	Generate()
}
