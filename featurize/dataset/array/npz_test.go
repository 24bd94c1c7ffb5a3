package array_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// TestNumPysArchives reads what np.savez and np.savez_compressed write; testdata/make.py has the values.
func TestNumPysArchives(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	settest.Refused(t, "two archives", "testdata/npz", dataset.Options{}, fault.Usage,
		"holds 2 files of arrays; pass one, such as testdata/npz/packed.npz")
	for _, name := range []string{"stored", "packed"} {
		s := settest.OpenHalved(t, "testdata/npz/"+name+".npz", "npz", dataset.Options{})
		if got := settest.Names(s, dataset.Train); !slices.Equal(got,
			[]string{"0 train/00000000", "2 train/00000001"}) || s.Len(dataset.Test) != 2 {
			t.Errorf("%s: train %q", name, got)
		}
		if got := s.Classes(); !slices.Equal(got, []string{"class 0", "class 1", "class 2"}) {
			t.Errorf("%s: classes %q", name, got)
		}
		if got := s.About().Notes; len(got) != 3 || !strings.Contains(got[0], "no image, such as that of label 1") ||
			!strings.Contains(got[1], "3 classes have no names") || !strings.Contains(got[2], "2 validation images") {
			t.Errorf("%s: notes %q", name, got)
		}
		for i := range 2 {
			if got := settest.Bytes(t, s, dataset.Test, i); string(got) != "P6 4 5 255\n"+
				string(settest.Pattern(120)[60*i:60*i+60]) {
				t.Errorf("%s: image %d is %q", name, i, got)
			}
		}
		settest.NothingLeft(t, s, temp)
	}
}

// TestJoinedArchives: of archives joined by `cat` the list at the end has the last one's arrays only.
func TestJoinedArchives(t *testing.T) {
	for _, name := range []string{"stored", "packed"} {
		data, err := os.ReadFile("testdata/npz/" + name + ".npz")
		if err != nil {
			t.Fatal(err)
		}
		root := settest.Put(t, t.TempDir(), map[string][]byte{"set.npz": append(bytes.Clone(data), data...)})
		settest.Refused(t, name, filepath.Join(root, "set.npz"), dataset.Options{}, fault.Corrupt,
			"as cat joins them")
	}
}

func TestArrayLayouts(t *testing.T) {
	labels := settest.NPY([]byte{1, 0}, 2)
	wide := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(npy.AppendHeader(nil, "<i8", 2, 1), 1), 0)
	planes := make([]byte, 12) // of the first image
	for i := range planes {
		planes[i] = settest.Pattern(12)[i%3*4+i/3]
	}
	for what, c := range map[string]struct {
		images []byte
		file   string // of the first image
	}{
		"grey":            {settest.NPY(settest.Pattern(12), 2, 2, 3), "P5 3 2 255\n" + string(settest.Pattern(6))},
		"grey, one plane": {settest.NPY(settest.Pattern(12), 2, 1, 3, 2), "P5 2 3 255\n" + string(settest.Pattern(6))},
		"grey, last":      {settest.NPY(settest.Pattern(12), 2, 2, 3, 1), "P5 3 2 255\n" + string(settest.Pattern(6))},
		"colours last":    {settest.NPY(settest.Pattern(36), 2, 3, 2, 3), "P6 2 3 255\n" + string(settest.Pattern(18))},
		"colours first":   {settest.NPY(settest.Pattern(24), 2, 3, 1, 4), "P6 4 1 255\n" + string(planes)},
	} {
		for form, files := range map[string]map[string][]byte{
			"folder": {
				"train_images.npy": c.images, "train_labels.npy": labels, "test_images.npy": c.images,
				"test_labels.npy": labels, "features.txt": nil,
			},
			"keras": {
				"X_train.npy": c.images, "y_train.npy": wide, "X_test.npy": c.images, "y_test.npy": wide,
				"other.npy": nil,
			},
			"archive": {
				"set.npz": settest.NPZ(t, zip.Deflate, map[string][]byte{
					"x_train.npy": c.images, "y_train.npy": wide, "x_test.npy": c.images,
					"y_test.npy": labels,
				}),
			},
			"words": {
				"set.npz": settest.NPZ(t, zip.Store, map[string][]byte{
					"training_images.npy": c.images, "training_labels.npy": labels,
					"valid_x.npy": c.images, "valid_y.npy": wide,
				}),
			},
		} {
			s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), files), "npz", dataset.Options{})
			if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, []int{1, 0}) || s.Len(dataset.Test) != 2 {
				t.Errorf("%s in %s: labels %v", what, form, got)
			}
			if got := settest.Bytes(t, s, dataset.Train, 0); string(got) != c.file {
				t.Errorf("%s in %s: image %q, want %q", what, form, got, c.file)
			}
		}
	}
}

func TestArraysWithoutSplits(t *testing.T) {
	files := map[string][]byte{
		"images.npy": settest.NPY(settest.Pattern(4*6), 4, 2, 3), "labels.npy": settest.NPY([]byte{1, 0, 0, 1}, 4),
		"classnames.txt": []byte("no\nyes\nnever\n"),
	}
	s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), files), "npz", dataset.Options{})
	all := append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...)
	if slices.Sort(all); !slices.Equal(all,
		[]string{"0 images/00000001", "0 images/00000002", "1 images/00000000", "1 images/00000003"}) ||
		s.Len(dataset.Test) != 2 {
		t.Errorf("images %q", all)
	}
	if got := s.Classes(); !slices.Equal(got, []string{"no", "yes", "never"}) {
		t.Errorf("classes %q", got)
	}
}

func TestUnlabelledRows(t *testing.T) {
	images, labels := settest.NPY(settest.Pattern(18), 3, 2, 3), append(npy.AppendHeader(nil, "|i1", 3), 1, 255, 0)
	root := settest.Put(t, t.TempDir(), map[string][]byte{
		"x_train.npy": images, "y_train.npy": labels, "x_test.npy": images, "y_test.npy": labels,
	})
	s := settest.OpenHalved(t, root, "npz", dataset.Options{})
	if got := settest.Names(s, dataset.Train); !slices.Equal(got, []string{"1 train/00000000", "0 train/00000002"}) {
		t.Errorf("train %q", got)
	}
}

func TestArrayRefusals(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	object := bytes.Replace(settest.NPY(nil, 2), []byte("'|u1'"), []byte("'|O' "), 1)
	floats := append(npy.AppendHeader(nil, "<f4", 2, 2, 3), make([]byte, 48)...)
	for what, c := range map[string]struct {
		images, labels []byte
		say            string
	}{
		"floats":    {floats, nil, "images are arrays of uint8"},
		"flat":      {settest.NPY(settest.Pattern(12), 2, 6), nil, "images are arrays of (n, height, width)"},
		"volumes":   {settest.NPY(settest.Pattern(2*4*4*4), 2, 4, 4, 4), nil, "volumes are not read"},
		"no pixels": {settest.NPY(nil, 2, 0, 3), nil, "no images'"},
		"fortran": {
			bytes.Replace(settest.NPY(settest.Pattern(12), 2, 2, 3), []byte("False, "), []byte("True,  "), 1), nil,
			"Fortran order",
		},
		"truncated":    {settest.NPY(settest.Pattern(11), 2, 2, 3), nil, "its header [2 2 3] says"},
		"too long":     {settest.NPY(settest.Pattern(13), 2, 2, 3), nil, "its header [2 2 3] says"},
		"no array":     {[]byte("<html>"), nil, "not a NumPy .npy file"},
		"objects":      {nil, object, "Python objects"},
		"float labels": {nil, append(npy.AppendHeader(nil, "<f4", 2), make([]byte, 8)...), "expected integers"},
		"many labels":  {nil, settest.NPY(make([]byte, 28), 2, 14), "14 labels an image"},
		"counts":       {nil, settest.NPY([]byte{1}, 1), "there must be a label for each image"},
		"huger label": {
			nil, append(npy.AppendHeader(nil, "<u4", 2), 0, 0, 0, 0, 0, 0, 0, 255), "element 1 does not fit",
		},
		"negative":      {nil, append(npy.AppendHeader(nil, "|i1", 2), 1, 254), "label -2"},
		"lies of bytes": {npy.AppendHeader(nil, "|u1", 1<<40, 1<<10, 1<<10), nil, "says"},
	} {
		files := map[string][]byte{
			"train_images.npy": settest.NPY(settest.Pattern(12), 2, 2, 3),
			"train_labels.npy": settest.NPY([]byte{1, 0}, 2),
			"test_images.npy":  settest.NPY(settest.Pattern(12), 2, 2, 3),
			"test_labels.npy":  settest.NPY([]byte{1, 0}, 2),
		}
		if c.images != nil {
			files["train_images.npy"] = c.images
		}
		if c.labels != nil {
			files["train_labels.npy"] = c.labels
		}
		settest.Refused(t, what, settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt, c.say)
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			root := settest.Put(t, t.TempDir(), map[string][]byte{"set.NPZ": settest.NPZ(t, method, files)})
			settest.Refused(t, what+" in an archive", filepath.Join(root, "set.NPZ"), dataset.Options{}, fault.Corrupt,
				c.say)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	pair := map[string][]byte{
		"x_train.npy": settest.NPY(settest.Pattern(12), 2, 2, 3), "y_train.npy": settest.NPY([]byte{1, 0}, 2),
	}
	settest.Refused(t, "one of a pair",
		settest.Put(t, t.TempDir(), map[string][]byte{"x_train.npy": pair["x_train.npy"]}), dataset.Options{},
		fault.Missing, "only one of the arrays x_train and y_train")
	pair["train_images.npy"], pair["train_labels.npy"] = pair["x_train.npy"], pair["y_train.npy"]
	settest.Refused(t, "two pairs", settest.Put(t, t.TempDir(), pair), dataset.Options{}, fault.Usage,
		"both train_images and x_train")
	other := settest.Put(t, t.TempDir(),
		map[string][]byte{"a.npz": settest.NPZ(t, zip.Store, map[string][]byte{"data.npy": object})})
	settest.Refused(t, "other names", filepath.Join(other, "a.npz"), dataset.Options{}, fault.Corrupt, "but data")
	settest.Refused(t, "no archive",
		filepath.Join(settest.Put(t, t.TempDir(), map[string][]byte{"a.npz": []byte("PK\x03\x04")}), "a.npz"),
		dataset.Options{}, fault.Corrupt, "no .npz file")
	settest.Refused(t, "labels", "testdata/npz/stored.npz", dataset.Options{Labels: "x"}, fault.Usage, "--labels")
	settest.Refused(t, "nothing", t.TempDir(), dataset.Options{Format: "npz"}, fault.Missing, "no .npz file")
	settest.OpenHalved(t,
		settest.Put(t, t.TempDir(),
			map[string][]byte{"train/a/1.png": nil, "train/b/1.png": nil, "test/a/1.png": nil, "x_train.npy": nil}),
		"folder", dataset.Options{})
}

// An archive that claims more bytes than it has is refused before anything is allocated or written for them.
func TestLyingArchives(t *testing.T) {
	const n = 1 << 31
	head := npy.AppendHeader(nil, "|u1", n)
	for method, say := range map[uint16]string{zip.Store: "claims", zip.Deflate: "truncated"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, data := range map[string][]byte{
			"train_images.npy": npy.AppendHeader(nil, "|u1", n, 1, 1),
			"train_labels.npy": head,
		} {
			size := uint64(n + len(data))
			packed := data
			if method == zip.Deflate {
				packed = deflated(t, data)
			}
			w, err := z.CreateRaw(&zip.FileHeader{
				Name: name, Method: method,
				CompressedSize64:   map[uint16]uint64{zip.Store: size, zip.Deflate: uint64(len(packed))}[method],
				UncompressedSize64: size,
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(packed); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		root := settest.Put(t, t.TempDir(), map[string][]byte{"a.npz": b.Bytes()})
		settest.Refused(t, fmt.Sprint("method ", method), filepath.Join(root, "a.npz"), dataset.Options{},
			fault.Corrupt, say)
	}
}

// deflated is the compressed form of data within an archive.
func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	archive := settest.NPZ(t, zip.Deflate, map[string][]byte{"x": data})
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.File[0].OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
