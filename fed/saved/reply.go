package saved

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// Reply is what a client's stage came to, in a file of its own: where a stage takes long, a run that is killed within
// a round does not ask for it again.
type Reply struct {
	Key      string // identifies run, call and question
	Answer   map[string][]float32
	Kept     map[string][]float32 // what the client keeps now, of what the stage changed
	Observed json.RawMessage
}

// The names of a reply's arrays begin with these.
const (
	answered = "answer/"
	keeps    = "kept/"
)

// Write stores a reply, as safetensors with a checksum.
func (r *Reply) Write(path string) error {
	var tensors []safetensors.Tensor
	add := func(prefix string, all map[string][]float32) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			v := all[name]
			tensors = append(tensors, safetensors.Tensor{Name: prefix + name, Shape: []int{len(v)}, Data: v})
		}
	}
	add(answered, r.Answer)
	add(keeps, r.Kept)
	texts := map[string]string{"key": r.Key, "observed": string(r.Observed), "answers": fmt.Sprint(r.Answer != nil)}
	texts["sha256"] = r.sum(tensors, texts)
	return durable.WriteFile(path, func(w io.Writer) error { return safetensors.Write(w, tensors, texts) })
}

func (r *Reply) sum(tensors []safetensors.Tensor, texts map[string]string) string {
	sum := sha256.New()
	for _, name := range []string{"key", "observed", "answers"} {
		_, _ = fmt.Fprintf(sum, "%q\n", texts[name]) // a hash takes everything
	}
	for _, t := range tensors {
		_, _ = fmt.Fprintf(sum, "%q %d\n", t.Name, len(t.Data))
		_, _ = sum.Write(npy.AppendFloats(nil, "<f4", t.Data))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// ReadReply reads a reply; false: there is none in the file that has this key and is whole. It can be asked for again.
func ReadReply(path, key string) (r *Reply, ok bool) {
	f, err := safetensors.ReadFile(path)
	if err != nil || f.Texts["key"] != key {
		return nil, false
	}
	r = &Reply{Key: key, Observed: json.RawMessage(f.Texts["observed"]), Kept: map[string][]float32{}}
	if f.Texts["answers"] == "true" {
		r.Answer = map[string][]float32{}
	}
	slices.SortFunc(f.Tensors, func(a, b safetensors.Tensor) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range f.Tensors {
		if name, is := strings.CutPrefix(t.Name, answered); is && r.Answer != nil {
			r.Answer[name] = t.Data
		} else if name, is := strings.CutPrefix(t.Name, keeps); is {
			r.Kept[name] = t.Data
		}
	}
	if r.sum(f.Tensors, f.Texts) != f.Texts["sha256"] || !json.Valid(bytes.TrimSpace(r.Observed)) {
		return nil, false
	}
	return r, true
}
