package array

import (
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// CIFARBinary are CIFAR-10 and CIFAR-100 as binary records.
var CIFARBinary = dataset.Format{
	Name: "cifar-binary",
	Doc: "CIFAR-10's data_batch_1.bin … test_batch.bin, or CIFAR-100's train.bin and test.bin; " +
		"--labels coarse for its 20 classes",
	Is:     isCIFARBinary,
	Open:   openCIFARBinary,
	Inside: true,
}

var cifarBinaries = []cifar{
	{
		title: "CIFAR-10", folder: "cifar-10-batches-bin",
		train: []string{
			"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
		},
		test:   "test_batch.bin",
		labels: []cifarLabels{{published: "cifar10", names: "batches.meta.txt"}},
	},
	{
		title: "CIFAR-100", folder: "cifar-100-binary",
		train: []string{"train.bin"},
		test:  "test.bin",
		labels: []cifarLabels{
			{option: "coarse", published: "cifar100-coarse", names: "coarse_label_names.txt"},
			{option: "fine", published: "cifar100", names: "fine_label_names.txt"},
		},
	},
}

// isCIFARBinary: train.bin is a common name, so that CIFAR-100 needs its name lists too, or files of its records.
func isCIFARBinary(root string, _ dataset.Options) bool {
	found, folders := findCIFAR(root, cifarBinaries)
	for i, c := range found {
		if len(c.train) > 1 || disk.IsFile(root, folders[i], "fine_label_names.txt") {
			return true
		}
		info, err := os.Stat(filepath.Join(root, folders[i], c.train[0]))
		if err == nil && info.Size() > 0 && info.Size()%(cifarBytes+2) == 0 {
			return true
		}
	}
	return false
}

// openCIFARBinary lists files of records: a byte for the label, of CIFAR-100 one for the coarse and one for the fine
// label, then a plane of 32×32 bytes for each of red, green and blue.
func openCIFARBinary(root string, o dataset.Options) (*dataset.Set, error) {
	c, folder, label, err := chooseCIFAR(root, "cifar-binary", cifarBinaries, o)
	if err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "cifar-binary", o)
	b.Templates = "plain"
	return list(b, func(a *arrays) ([]string, error) {
		files, splits := c.files()
		for i, name := range files {
			path := filepath.Join(root, folder, name)
			labels, err := c.recordLabels(path, label)
			if err != nil {
				return nil, err
			}
			first := dataset.Place{File: a.add(path, planar(32, 32)), Offset: int64(len(c.labels)), Size: cifarBytes}
			a.rows(b, splits[i], labels, first, int64(len(c.labels)+cifarBytes))
		}
		file := filepath.Join(root, folder, c.labels[label].names)
		own, err := names.Listed(file)
		if err != nil {
			return nil, err
		}
		return c.classes(label, file, own)
	})
}

// recordLabels reads one of the labels of each record of a file, and checks all of them.
func (c cifar) recordLabels(path string, label int) ([]int32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	size := int64(len(c.labels) + cifarBytes)
	n := info.Size() / size
	if rest := info.Size() % size; rest != 0 {
		if other := int64(3-len(c.labels)) + cifarBytes; info.Size()%other == 0 {
			return nil, fault.Corruptf("dataset: %s has records of %d bytes, not of %d as %s's are; "+
				"is it the other CIFAR?", path, other, size, c.title)
		}
		return nil, fault.Corruptf("dataset: %s is truncated: after %d records of %d bytes it has %d more; "+
			"fetch it again", path, n, size, rest)
	}
	labels := make([]int32, n)
	record := make([]byte, len(c.labels))
	var classes []int
	for _, l := range c.labels {
		classes = append(classes, len(names.Published(l.published)))
	}
	for i := range labels {
		if _, err := f.ReadAt(record, int64(i)*size); err != nil {
			return nil, fault.Corruptf("dataset: %s, record %d: %w", path, i, err)
		}
		for j, v := range record {
			if int(v) >= classes[j] {
				return nil, fault.Corruptf("dataset: %s, record %d: label %d, but %s has %d classes; "+
					"is it the other CIFAR?", path, i, v, c.title, classes[j])
			}
		}
		labels[i] = int32(record[label])
	}
	return labels, nil
}
