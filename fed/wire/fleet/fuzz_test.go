package fleet

import (
	"bytes"
	"testing"

	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Whatever a SuperLink says is read or refused, and takes no more memory than it has bytes.
func FuzzParsers(f *testing.F) {
	var s store
	frame := wire.Frame{Head: []byte(`{"v":1,"train":3}`), Arrays: map[string][]byte{"phi": vector(5)}}
	top, err := s.putFrame(frame)
	if err != nil {
		f.Fatal(err)
	}
	m := message{run: 1, from: 1, to: 2, group: "3", kind: "train", ttl: 60, made: 1.8e9}
	m.id = s.put("Message", []string{top}, m.object(""))
	f.Add([]byte(m.envelope("")))
	f.Add([]byte(m.envelope("wrong")))
	f.Add([]byte(s.tree[m.id]))
	for _, data := range s.content {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := readMessage(data); err == nil {
			again, err := readMessage(m.envelope(""))
			if err != nil || again != m {
				t.Errorf("%+v is read as %+v, %v", m, again, err)
			}
		}
		if tr, err := readTree(data); err == nil && (!isHash(tr.root) || len(tr.ids) > maxObjects) {
			t.Errorf("%+v", tr)
		}
		if o, err := readObject(data); err == nil && !bytes.HasSuffix(data, o.body) {
			t.Errorf("%+v", o)
		}
		_, _ = readHead(data)
		// The same bytes as every object of a message.
		all := content{}
		for id := range s.content {
			all[id] = data
			_, _ = all.frame(m.id)
			all[id] = s.content[id]
		}
		if got, err := all.frame(m.id); err != nil || !bytes.Equal(got.Head, frame.Head) ||
			!bytes.Equal(got.Arrays["phi"], frame.Arrays["phi"]) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// vector is a .npy file of n values.
func vector(n int) []byte {
	return npy.AppendFloats(npy.AppendHeader(nil, "<f4", n), "<f4", make([]float32, n))
}
