package tabular

import (
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset/tabular/page"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Bounds of what a description may hold. Each element takes some hundred bytes of memory; a thousand row groups of ten
// columns have 10⁵.
const (
	mostElements = 1 << 20
	mostFooter   = 1 << 28
)

// checkFooter refuses a file whose description, of n bytes up to end, is no Thrift or claims more than it holds. The
// library makes room for as many values as a list claims; what they mean does not matter here.
func checkFooter(path string, file *os.File, end, n int64) error {
	if n > mostFooter {
		return fault.Corruptf("dataset: %s: its description has %d bytes, more than %d; "+
			"write it with larger row groups", path, n, mostFooter)
	}
	w := page.Walk{Rest: make([]byte, n), Most: mostElements}
	if _, err := file.ReadAt(w.Rest, end-n); err != nil {
		return fault.Corruptf("dataset: %s: %w", path, err)
	}
	w.Struct()
	if w.Elements > mostElements {
		return fault.Corruptf("dataset: %s: its description has more than %d elements; write it with larger row groups",
			path, mostElements)
	} else if w.Bad {
		return fault.Corruptf("dataset: %s: its description is damaged; fetch it again", path)
	}
	return nil
}
