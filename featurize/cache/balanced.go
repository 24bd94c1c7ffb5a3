package cache

import "slices"

// Sample is the name, as DataInfo has it, of the program's own pictures.
const Sample = "fedpurel-sample"

// balanced are the known sets, by the names that DataInfo has, whose authors publish about as many images of each
// class, and which the literature therefore cuts to a long tail; beside them the program's own sample.
var balanced = []string{
	"cifar-10", "cifar-100", "cifar-100-coarse", "dtd", "eurosat", "fashion-mnist", Sample, "fgvc-aircraft",
	"food-101", "mnist", "oxford-pets", "stanford-cars", "stanford-dogs", "tiny-imagenet",
}

// Balanced tells whether a known set of images is published balanced. Sets with a long tail of their own, such as
// imagenet-lt, and users' own pictures, whose name is empty, are not.
func Balanced(name string) bool {
	_, known := slices.BinarySearch(balanced, name)
	return known
}
