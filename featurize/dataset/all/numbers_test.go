package all_test

import (
	"archive/zip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// numbered are sets whose labels are numbers, in every format that has such: image i of a split has the i-th label.
var numbered = map[string]func(t *testing.T, labels map[dataset.Split][]int64) string{
	"list": func(t *testing.T, labels map[dataset.Split][]int64) string {
		return listed(t, labels, "path,label,split\n", "%[1]s,%[2]d,%[3]s\n", "all.csv")
	},
	"JSON lines": func(t *testing.T, labels map[dataset.Split][]int64) string {
		return listed(t, labels, "", `{"path":"%s","label":%d,"split":"%s"}`+"\n", "all.jsonl")
	},
	"WebDataset": func(t *testing.T, labels map[dataset.Split][]int64) string {
		root := t.TempDir()
		for split, some := range labels {
			var members []string
			for i, label := range some {
				members = append(members, fmt.Sprintf("%05d.jpg", i), fmt.Sprintf("%05d.cls=%d", i, label))
			}
			settest.Store(t, root, string(split)+".tar", settest.Tar(t, members...))
		}
		return root
	},
	"parquet": func(t *testing.T, labels map[dataset.Split][]int64) string {
		root := t.TempDir()
		for split, some := range labels {
			settest.Store(t, root, string(split)+".parquet", settest.Parquet(t, settest.Rows(0, some...)))
		}
		return root
	},
	"npz": func(t *testing.T, labels map[dataset.Split][]int64) string {
		arrays := map[string][]byte{}
		for split, some := range labels {
			data := npy.AppendHeader(nil, "<i8", len(some))
			for _, label := range some {
				data = binary.LittleEndian.AppendUint64(data, uint64(label))
			}
			arrays[string(split)+"_labels.npy"] = data
			arrays[string(split)+"_images.npy"] = settest.NPY(make([]byte, 4*len(some)), len(some), 2, 2)
		}
		root := t.TempDir()
		settest.Store(t, root, "x.npz", settest.NPZ(t, zip.Store, arrays))
		return root
	},
	"idx": func(t *testing.T, labels map[dataset.Split][]int64) string {
		root := filepath.Join(t.TempDir(), "own/raw")
		for split, some := range labels {
			header := func(dims ...uint32) []byte {
				out := []byte{0, 0, 8, byte(len(dims))}
				for _, d := range dims {
					out = binary.BigEndian.AppendUint32(out, d)
				}
				return out
			}
			n := uint32(len(some))
			data := header(n)
			for _, label := range some {
				if label > math.MaxUint8 {
					t.Skip("its labels are bytes")
				}
				data = append(data, byte(label))
			}
			settest.Store(t, root, string(split)+"-labels-idx1-ubyte", data)
			settest.Store(t, root, string(split)+"-images-idx3-ubyte", append(header(n, 2, 2), make([]byte, 4*n)...))
		}
		return root
	},
	"CoOp": func(t *testing.T, labels map[dataset.Split][]int64) string {
		root, parts := t.TempDir(), map[string][][]any{}
		for split, some := range labels {
			for i, label := range some {
				name := fmt.Sprintf("%s%d.jpg", split, i)
				settest.Write(t, root, name, name)
				parts[string(split)] = append(parts[string(split)], []any{name, label, fmt.Sprint("class ", label)})
			}
		}
		data, err := json.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(settest.Store(t, root, "split_zhou_X.json", data))
	},
}

// listed writes a list: a line for each image, of its path, its label and its split.
func listed(t *testing.T, labels map[dataset.Split][]int64, header, line, file string) string {
	t.Helper()
	root, text := t.TempDir(), header
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i, label := range labels[split] {
			name := fmt.Sprintf("%s%d.jpg", split, i)
			settest.Write(t, root, name, name)
			text += fmt.Sprintf(line, name, label, split)
		}
	}
	settest.Write(t, root, file, text)
	return filepath.Join(root, file)
}

// TestNumbersAgree: the same numbers are the same classes in all formats.
func TestNumbersAgree(t *testing.T) {
	for what, c := range map[string]struct {
		train   []int64
		test    []int64
		file    string // of names
		classes string
		labels  []int  // of the training images
		note    string // part of one
		fails   string // part of the error
	}{
		"positions": {train: []int64{1, 0, 2}, test: []int64{2}, classes: "0|1|2", labels: []int{1, 0, 2}},
		"gaps": {
			train: []int64{3, 0, 1}, test: []int64{1}, classes: "0|1|2|3", labels: []int{3, 0, 1},
			note: "1 of 4 classes have no image, such as that of label 2",
		},
		"counted from 1": {
			train: []int64{3, 1, 2}, test: []int64{1}, classes: "1|2|3", labels: []int{2, 0, 1}, note: "counted from 1",
		},
		"ids": {
			train: []int64{255, 253, 255}, test: []int64{254}, classes: "253|254|255", labels: []int{2, 0, 2},
			note: "taken for ids",
		},
		"ids from 0": {
			train: []int64{200, 0, 90}, test: []int64{0}, classes: "0|90|200", labels: []int{2, 0, 1},
			note: "taken for ids",
		},
		"large ids": {
			train: []int64{1400000, 62798}, test: []int64{177870}, classes: "62798|177870|1400000", labels: []int{2, 0},
			note: "taken for ids",
		},
		"names": {
			train: []int64{1, 0}, test: []int64{1}, file: "a\nb\n", classes: "a|b", labels: []int{1, 0},
		},
		"names, some without images": {
			train: []int64{1, 0}, test: []int64{1}, file: "a\nb\nc\n", classes: "a|b|c", labels: []int{1, 0},
			note: `1 of 3 classes have no image, such as "c" (label 2)`,
		},
		"names, counted from 1": {
			train: []int64{2, 1}, test: []int64{3}, file: "a\nb\nc\n", classes: "a|b|c", labels: []int{1, 0},
			note: "counted from 1",
		},
		"names with their numbers from 1": {
			train: []int64{2, 1}, test: []int64{1}, file: "1 a\n2 b\n3 c\n", classes: "a|b|c", labels: []int{1, 0},
			note: "counted from 1",
		},
		"names of ids": {
			train: []int64{90, 255}, test: []int64{90}, file: "255 a\n90 b\n7 c\n", classes: "c|b|a",
			labels: []int{1, 2}, note: "the numbers with which the lines of",
		},
		"names that disagree": {
			train: []int64{0, 2}, test: []int64{1}, file: "a\nb\n", fails: "label 2, but there are 2",
		},
		"names of none":   {train: []int64{90, 255}, test: []int64{90}, file: "1 a\n90 b\n", fails: "label 255"},
		"no class number": {train: []int64{0, 1}, test: []int64{-7}, fails: "label -7"},
		"unknown ones do not count": {
			train: []int64{1, 2, -1}, test: []int64{1}, classes: "1|2", labels: []int{0, 1},
		},
	} {
		for format, set := range numbered {
			t.Run(what+"/"+format, func(t *testing.T) {
				if format == "CoOp" && c.file != "" {
					t.Skip("it has names of its own")
				}
				if format == "idx" && strings.Contains(fmt.Sprint(c.train, c.test), "-") {
					t.Skip("its labels have no sign")
				}
				root := set(t, map[dataset.Split][]int64{dataset.Train: c.train, dataset.Test: c.test})
				folder := root
				if filepath.Ext(root) != "" && format != "idx" {
					folder = filepath.Dir(root)
				}
				if c.file != "" {
					settest.Write(t, folder, names.File, c.file)
				}
				o := dataset.DefaultOptions()
				if c.fails != "" {
					settest.Fails(t, what, root, o, fault.Corrupt, c.fails)
					return
				}
				s, err := all.Open(root, o)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				var classes []string
				for _, name := range s.Classes() {
					classes = append(classes, strings.TrimPrefix(name, "class "))
				}
				if got := strings.Join(classes, "|"); got != c.classes {
					t.Errorf("classes %s, not %s", got, c.classes)
				}
				if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, c.labels) {
					t.Errorf("labels %v, not %v", got, c.labels)
				}
				if c.note != "" {
					settest.Noted(t, s, c.note)
				}
			})
		}
	}
}
