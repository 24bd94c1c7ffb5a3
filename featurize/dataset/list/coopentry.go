package list

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// releasedTest is what FedPuReL's release calls the test images, by a slip.
const releasedTest = "test_acpfl"

// coopParts are the keys of a list whose values list images.
var coopParts = []string{"train", "val", "test", releasedTest}

// coopEntry is an image: [path, label, class name], or an object with the keys impath, label and classname.
type coopEntry struct {
	path  string
	label int
	class string
}

func (e *coopEntry) UnmarshalJSON(data []byte) error {
	var fields struct {
		Path  *string      `json:"impath"`
		Label *json.Number `json:"label"`
		Class *string      `json:"classname"`
	}
	var err error
	if data[0] == '[' {
		values := []any{&fields.Path, &fields.Label, &fields.Class}
		if err = json.Unmarshal(data, &values); err == nil && len(values) != 3 {
			err = fmt.Errorf("it has %d values", len(values))
		}
	} else {
		err = json.Unmarshal(data, &fields)
	}
	if err != nil || fields.Path == nil || *fields.Path == "" || fields.Label == nil || fields.Class == nil {
		return fault.Corruptf("%s is neither [path, label, class name] nor an object with impath, label and classname",
			disk.Clipped(string(data)))
	}
	label, whole := wholeNumber(fields.Label.String())
	if !whole {
		return fault.Corruptf("label %s is no whole number", disk.Clipped(fields.Label.String()))
	}
	*e = coopEntry{*fields.Path, label, *fields.Class}
	return nil
}

// beginsAsCoOp tells whether a file's first key is one of a list's.
func beginsAsCoOp(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(withoutMark(f), 4096))
	brace, _ := d.Token()
	key, _ := d.Token()
	name, ok := key.(string)
	return brace == json.Delim('{') && ok && slices.Contains(coopParts, name)
}

// withoutMark passes over a byte order mark.
func withoutMark(r io.Reader) io.Reader {
	text := bufio.NewReader(r)
	if start, _ := text.Peek(3); string(start) == "\ufeff" {
		_, _ = text.Discard(3) // what was peeked is there
	}
	return text
}
