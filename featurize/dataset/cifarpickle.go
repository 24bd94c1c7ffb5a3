package dataset

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edsrzf/mmap-go"

	"github.com/fedpurel/fedpurel/featurize/dataset/pickle"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

var cifarPickleFormat = Format{
	Name:   "cifar-pickle",
	Doc:    "CIFAR-10's data_batch_1 … test_batch for Python, or CIFAR-100's train, test and meta; --labels coarse for its 20 classes",
	Is:     isCIFARPickle,
	Open:   openCIFARPickle,
	Inside: true,
}

var cifarPickles = []cifar{
	{"CIFAR-10", "cifar-10-batches-py", []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"}, "test_batch", "batches.meta", []cifarLabels{
		{"", "cifar10", "labels", "label_names"},
	}},
	{"CIFAR-100", "cifar-100-python", []string{"train"}, "test", "meta", []cifarLabels{
		{"coarse", "cifar100-coarse", "coarse_labels", "coarse_label_names"}, {"fine", "cifar100", "fine_labels", "fine_label_names"},
	}},
}

// isCIFARPickle: train and test are common names, so that files of CIFAR-100 must begin as pickled dicts do.
func isCIFARPickle(root string, _ Options) bool {
	found, folders := findCIFAR(root, cifarPickles)
	for i, c := range found {
		if len(c.train) > 1 {
			return true
		}
		if head := firstBytes(2, root, folders[i], c.train[0]); len(head) == 2 && (head[0] == 0x80 && head[1] <= 5 || string(head) == "}q" || string(head) == "(d") {
			return true
		}
	}
	return false
}

// openCIFARPickle lists pickled dicts: data, an array of n×3072 bytes whose rows are a plane of 32×32 for each of red, green and blue,
// and lists of labels. Only where the rows lie is kept.
func openCIFARPickle(root string, o Options) (_ *Set, err error) {
	c, folder, label, err := chooseCIFAR(root, "cifar-pickle", cifarPickles, o)
	if err != nil {
		return nil, err
	}
	b := NewBuilder(root, "cifar-pickle", o)
	b.Templates = "plain"
	a := &arrays{}
	defer func() {
		if err != nil {
			_ = a.Close() // the first error matters
		}
	}()
	files, splits := c.files()
	for i, name := range files {
		path := filepath.Join(root, folder, name)
		if err := unpickle(path, func(dict pickle.Dict) error { return c.batch(b, a, splits[i], path, label, dict) }); err != nil {
			return nil, err
		}
	}
	var own []string
	meta := filepath.Join(root, folder, c.meta)
	if isFile(meta) {
		if err := unpickle(meta, func(dict pickle.Dict) error {
			own, err = texts(meta, dict, c.labels[label].names)
			return err
		}); err != nil {
			return nil, err
		}
	}
	classes, err := c.classes(label, meta, own)
	if err != nil {
		return nil, err
	}
	return b.Finish(classes, a)
}

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
	if info.Size() == 0 || info.Size() > maxFile {
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

// batch adds the images of a file.
func (c cifar) batch(b *Builder, a *arrays, split Split, path string, label int, dict pickle.Dict) error {
	data, isArray := dict["data"].(*pickle.Array)
	value, ok := dict[c.labels[label].key]
	if !isArray || !ok {
		return fault.Corruptf("dataset: %s is no batch of %s: it lacks data or %s, and holds %s", path, c.title, c.labels[label].key, keys(dict))
	}
	if data.DType != "|u1" || len(data.Shape) != 2 || data.Shape[1] != cifarBytes {
		return fault.Corruptf("dataset: %s: data has shape %v of %s, not (n, %d) of uint8", path, data.Shape, data.DType, cifarBytes)
	}
	labels, err := integers(value)
	if err != nil {
		return fault.Corruptf("dataset: %s: %s: %w", path, c.labels[label].key, err)
	}
	if len(labels) != data.Shape[0] {
		return fault.Corruptf("dataset: %s has %d images and %d labels", path, data.Shape[0], len(labels))
	}
	classes := len(publishedNames(c.labels[label].published))
	for i, l := range labels {
		if l < 0 || int(l) >= classes {
			return fault.Corruptf("dataset: %s, row %d: label %d, but %s has %d classes", path, i, l, c.title, classes)
		}
	}
	at := place{offset: data.Offset, size: cifarBytes}
	if data.Offset >= 0 {
		at.file = a.add(path, planar(32, 32))
	} else { // spelled as text
		n := int64(len(data.Data))
		if at.file, err = a.unpack(path, bytes.NewReader(data.Data), n, n, planar(32, 32)); err != nil {
			return err
		}
		at.offset = 0
	}
	a.rows(b, split, labels, at, cifarBytes)
	return nil
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
