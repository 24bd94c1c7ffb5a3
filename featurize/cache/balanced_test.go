package cache

import (
	"slices"
	"testing"
)

func TestBalanced(t *testing.T) {
	if !slices.IsSorted(balanced) {
		t.Error("the list is not sorted")
	}
	for name, want := range map[string]bool{
		"cifar-100": true, "cifar-10": true, "fedpurel-sample": true, "tiny-imagenet": true, "imagenet-lt": false,
		"places-lt": false, "fgvc-aircraft-family": false, "": false,
	} {
		if Balanced(name) != want {
			t.Errorf("%q: not %v", name, want)
		}
	}
}
