// Command kernels writes the assembly of train/f32: go generate ./train/f32.
//
// Every kernel is written once, for both instruction sets, which differ in the width of a vector and in how the
// last, incomplete one is masked. It is a module of its own so that users of fedpurel do not depend on the
// assembler.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64")
	for _, s := range isas {
		s.product()
		s.transpose()
		s.vectors()
		s.exponentials()
		s.gelus()
		s.compact()
	}
	Generate()
}
