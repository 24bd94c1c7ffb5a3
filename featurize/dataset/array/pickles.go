package array

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edsrzf/mmap-go"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/pickle"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// unpickle hands the dict in a file to use, after which its values are gone.
func unpickle(path string, use func(pickle.Dict) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Missingf("dataset: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fault.Missingf("dataset: %w", err)
	}
	if info.Size() == 0 || info.Size() > read.MaxFile {
		return fault.Corruptf("dataset: %s has %d bytes; fetch it again", path, info.Size())
	}
	data, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return fault.Missingf("dataset: map %s: %w", path, err)
	}
	defer func() { _ = data.Unmap() }() // nothing was written
	v, err := pickle.Load(data)
	if err != nil {
		return fault.Corruptf("dataset: %s: %w", path, err)
	}
	dict, ok := v.(pickle.Dict)
	if !ok {
		return fault.Corruptf("dataset: %s holds no dict", path)
	}
	return use(dict)
}

// integers are the elements of a list, or of an array.
func integers(v any) ([]int32, error) {
	switch v := v.(type) {
	case *pickle.List:
		out := make([]int32, len(v.Items))
		for i, item := range v.Items {
			n, ok := item.(int64)
			if !ok || n < math.MinInt32 || n > math.MaxInt32 {
				return nil, fault.Corruptf("element %d is no integer of 32 bits", i)
			}
			out[i] = int32(n)
		}
		return out, nil
	case *pickle.Array:
		return npy.Int32s(npy.DType(v.DType), v.Data)
	}
	return nil, fault.Corruptf("it is no list of integers")
}

// texts is the list of strings under a key.
func texts(path string, dict pickle.Dict, key string) ([]string, error) {
	list, ok := dict[key].(*pickle.List)
	if !ok {
		return nil, fault.Corruptf("dataset: %s lacks %s, and holds %s", path, key, keys(dict))
	}
	var out []string
	for i, item := range list.Items {
		b, ok := item.(pickle.Bytes)
		if !ok || len(b.Data) > 4096 {
			return nil, fault.Corruptf("dataset: %s: %s: element %d is no name", path, key, i)
		}
		out = append(out, string(b.Data))
	}
	return out, nil
}

// keys lists a dict's keys, for messages.
func keys(dict pickle.Dict) string {
	var names []string
	for k := range dict {
		names = append(names, k)
	}
	slices.Sort(names)
	return strings.Join(names[:min(len(names), 10)], ", ")
}

// firstBytes are the first n bytes of a file, or fewer.
func firstBytes(n int, elem ...string) []byte {
	f, err := os.Open(filepath.Join(elem...))
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, n)
	n, _ = f.Read(head)
	return head[:max(n, 0)]
}
