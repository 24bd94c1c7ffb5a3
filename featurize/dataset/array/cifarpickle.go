package array

import (
	"bytes"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/pickle"
	"github.com/fedpurel/fedpurel/train/fault"
)

// CIFARPickle are CIFAR-10 and CIFAR-100 for Python.
var CIFARPickle = dataset.Format{
	Name: "cifar-pickle",
	Doc: "CIFAR-10's data_batch_1 … test_batch for Python, or CIFAR-100's train, test and meta; " +
		"--labels coarse for its 20 classes",
	Is:     isCIFARPickle,
	Open:   openCIFARPickle,
	Inside: true,
}

var cifarPickles = []cifar{
	{
		title: "CIFAR-10", folder: "cifar-10-batches-py",
		train:  []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
		test:   "test_batch",
		meta:   "batches.meta",
		labels: []cifarLabels{{published: "cifar10", key: "labels", names: "label_names"}},
	},
	{
		title: "CIFAR-100", folder: "cifar-100-python",
		train: []string{"train"},
		test:  "test",
		meta:  "meta",
		labels: []cifarLabels{
			{option: "coarse", published: "cifar100-coarse", key: "coarse_labels", names: "coarse_label_names"},
			{option: "fine", published: "cifar100", key: "fine_labels", names: "fine_label_names"},
		},
	},
}

// isCIFARPickle: train and test are common names, so that files of CIFAR-100 must begin as pickled dicts do.
func isCIFARPickle(root string, _ dataset.Options) bool {
	found, folders := findCIFAR(root, cifarPickles)
	for i, c := range found {
		if len(c.train) > 1 {
			return true
		}
		head := string(firstBytes(2, root, folders[i], c.train[0]))
		if head == "}q" || head == "(d" || len(head) == 2 && head[0] == 0x80 && head[1] <= 5 {
			return true
		}
	}
	return false
}

// openCIFARPickle lists pickled dicts: data, an array of n×3072 bytes whose rows are a plane of 32×32 for each of red,
// green and blue, and lists of labels. Only where the rows lie is kept.
func openCIFARPickle(root string, o dataset.Options) (*dataset.Set, error) {
	c, folder, label, err := chooseCIFAR(root, "cifar-pickle", cifarPickles, o)
	if err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "cifar-pickle", o)
	b.Templates = "plain"
	return list(b, func(a *arrays) ([]string, error) {
		files, splits := c.files()
		for i, name := range files {
			path := filepath.Join(root, folder, name)
			if err := unpickle(path, func(dict pickle.Dict) error {
				return c.batch(b, a, splits[i], path, label, dict)
			}); err != nil {
				return nil, err
			}
		}
		var own []string
		meta := filepath.Join(root, folder, c.meta)
		if disk.IsFile(meta) {
			if err := unpickle(meta, func(dict pickle.Dict) (err error) {
				own, err = texts(meta, dict, c.labels[label].names)
				return err
			}); err != nil {
				return nil, err
			}
		}
		return c.classes(label, meta, own)
	})
}

// batch adds the images of a file.
func (c cifar) batch(
	b *dataset.Builder, a *arrays, split dataset.Split, path string, label int, dict pickle.Dict,
) error {
	data, isArray := dict["data"].(*pickle.Array)
	value, ok := dict[c.labels[label].key]
	if !isArray || !ok {
		return fault.Corruptf("dataset: %s is no batch of %s: it lacks data or %s, and holds %s",
			path, c.title, c.labels[label].key, keys(dict))
	}
	if data.DType != "|u1" || len(data.Shape) != 2 || data.Shape[1] != cifarBytes {
		return fault.Corruptf("dataset: %s: data has shape %v of %s, not (n, %d) of uint8",
			path, data.Shape, data.DType, cifarBytes)
	}
	labels, err := integers(value)
	if err != nil {
		return fault.Corruptf("dataset: %s: %s: %w", path, c.labels[label].key, err)
	}
	if len(labels) != data.Shape[0] {
		return fault.Corruptf("dataset: %s has %d images and %d labels", path, data.Shape[0], len(labels))
	}
	classes := len(names.Published(c.labels[label].published))
	for i, l := range labels {
		if l < 0 || int(l) >= classes {
			return fault.Corruptf("dataset: %s, row %d: label %d, but %s has %d classes", path, i, l, c.title, classes)
		}
	}
	n := int64(len(data.Data))
	images := &stream{what: path, path: path, r: bytes.NewReader(data.Data), at: data.Offset, bytes: n, size: n}
	images.packed = data.Offset < 0 // spelled as text
	return a.pair(b, split, images, cifarBytes, planar(32, 32), func() ([]int32, error) { return labels, nil })
}
