package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A frame is a RecordDict of three records: "config" holds the head, JSON, as its only string; "arrays" the arrays,
// each a .npy file in chunks; "metrics" the number of images, which Flower's tools show.
const (
	recordConfig  = "config"
	recordArrays  = "arrays"
	recordMetrics = "metrics"
	keyHead       = "head"
	keyImages     = "num-examples"
	chunkSize     = 5 << 20
)

// content is the objects of a message.
type content map[string][]byte

// of reads an object that must be of a class.
func (c content) of(id, class string) (object, error) {
	data, ok := c[id]
	if !ok {
		return object{}, fault.Corruptf("the %s %.16q is not there", class, id)
	}
	o, err := readObject(data)
	if err == nil && o.class != class {
		err = fault.Corruptf("the object is a %.20q, want a %s", o.class, class)
	}
	return o, err
}

// names reads an object whose body says what the objects below it are called.
func (c content) names(id, class string) (names map[string]string, err error) {
	o, err := c.of(id, class)
	if err != nil {
		return nil, err
	}
	return names, parse(o, &names)
}

// parse reads a body that is JSON.
func parse(o object, to any) error {
	if len(o.body) > maxPlain {
		return fault.Corruptf("an %s described in %d bytes, at most %d are taken", o.class, len(o.body), maxPlain)
	}
	if err := json.Unmarshal(o.body, to); err != nil {
		return fault.Corruptf("%s: %v", o.class, err)
	}
	return nil
}

// frame reads the frame below the message's object.
func (c content) frame(root string) (f wire.Frame, err error) {
	top, err := c.of(root, "Message")
	if err != nil {
		return f, err
	}
	if len(top.on) != 1 {
		return f, fault.Corruptf("a message of %d contents, want one", len(top.on))
	}
	records, err := c.names(top.on[0], "RecordDict")
	if err != nil {
		return f, err
	}
	config, err := c.of(records[recordConfig], "ConfigRecord")
	if err != nil {
		return f, err
	}
	if f.Head, err = readHead(config.body); err != nil {
		return f, err
	}
	f.Arrays = map[string][]byte{}
	id, some := records[recordArrays]
	if !some {
		return f, nil
	}
	arrays, err := c.names(id, "ArrayRecord")
	if err != nil {
		return f, err
	}
	left := maxContent
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		if f.Arrays[name], err = c.array(arrays[name], &left); err != nil {
			return f, fmt.Errorf("array %.40q: %w", name, err)
		}
	}
	return f, nil
}

// readHead finds the head in a ConfigRecord.
func readHead(record []byte) (head []byte, err error) {
	err = each(record, func(item field) error {
		if item.key != block(1) {
			return nil
		}
		var name string
		var value []byte
		err := each(item.data, func(f field) error {
			switch f.key {
			case block(1):
				name = string(f.data)
			case block(2):
				return each(f.data, func(f field) error {
					if f.key == block(5) {
						value = f.data
					}
					return nil
				})
			}
			return nil
		})
		if name == keyHead {
			head = value
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var any map[string]json.RawMessage
	if json.Unmarshal(head, &any) != nil || any == nil {
		return nil, fault.Corruptf("config has no head that is JSON")
	}
	return head, nil
}

// array puts an array's chunks together; a chunk may stand in several places, so the sum is bounded.
func (c content) array(id string, left *int) ([]byte, error) {
	o, err := c.of(id, "Array")
	if err != nil {
		return nil, err
	}
	var about struct {
		Chunks []int `json:"arraychunk_ids"`
	}
	if err := parse(o, &about); err != nil {
		return nil, err
	}
	parts := make([]object, len(o.on))
	for i, id := range o.on {
		if parts[i], err = c.of(id, "ArrayChunk"); err != nil {
			return nil, err
		}
	}
	size := 0
	for _, i := range about.Chunks {
		if i < 0 || i >= len(parts) {
			return nil, fault.Corruptf("chunk %d of %d", i, len(parts))
		}
		if size += len(parts[i].body); size > *left {
			return nil, fault.Corruptf("arrays of more than %d bytes", maxContent)
		}
	}
	*left -= size
	data := make([]byte, 0, size)
	for _, i := range about.Chunks {
		data = append(data, parts[i].body...)
	}
	return data, nil
}
