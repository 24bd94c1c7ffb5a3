package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// npyOf is a .npy file of bytes.
func npyOf(data []byte, shape ...int) []byte {
	return append(npy.AppendHeader(nil, "|u1", shape...), data...)
}

// npzOf is an archive of arrays, compressed or not, in the order of their names.
func npzOf(t *testing.T, method uint16, members map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(members[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestEmbeddingsBesideFolders: arrays and tables without images do not hide a tree of class folders.
func TestEmbeddingsBesideFolders(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"} {
		stored(t, root, name, []byte("x"))
	}
	stored(t, root, "embeddings.npz", npzOf(t, zip.Store, map[string][]byte{"x.npy": append(npy.AppendHeader(nil, "<f4", 4, 2), make([]byte, 32)...), "y.npy": npyOf(make([]byte, 4), 4)}))
	listed(t, root, "folder")
	stored(t, root, "images.npz", npzOf(t, zip.Store, map[string][]byte{"x.npy": npyOf(make([]byte, 4*4), 4, 2, 2), "y.npy": npyOf([]byte{0, 1, 0, 1}, 4)}))
	refused(t, "two archives", root, Options{}, fault.Usage, "holds 2 files of arrays")
	for _, name := range []string{"embeddings.npz", "images.npz"} {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	type row struct {
		Path  string  `parquet:"path"`
		Value float64 `parquet:"value"`
	}
	stored(t, root, "embeddings.parquet", parquetOf(t, []row{{"cat/1.png", 1}}))
	refused(t, "a table", root, Options{}, fault.Corrupt, "to read the images in its folders instead, pass --format folder")
	opened(t, root, "folder", Options{Format: "folder"})
}

// TestNumPysArchives reads what np.savez and np.savez_compressed write; testdata/make.py has the values.
func TestNumPysArchives(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	refused(t, "two archives", "testdata/npz", Options{}, fault.Usage, "holds 2 files of arrays; pass one, such as testdata/npz/packed.npz")
	for _, name := range []string{"stored", "packed"} {
		s := opened(t, "testdata/npz/"+name+".npz", "npz", Options{})
		if got := names(s, Train); !slices.Equal(got, []string{"0 train/00000000", "2 train/00000001"}) || s.Len(Test) != 2 {
			t.Errorf("%s: train %q", name, got)
		}
		if got := s.Classes(); !slices.Equal(got, []string{"class 0", "class 1", "class 2"}) {
			t.Errorf("%s: classes %q", name, got)
		}
		if got := s.About().Notes; len(got) != 2 || !strings.Contains(got[0], "3 classes have no names") || !strings.Contains(got[1], "2 validation images") {
			t.Errorf("%s: notes %q", name, got)
		}
		for i := range 2 {
			if got := bytesOf(t, s, Test, i); string(got) != "P6 4 5 255\n"+string(pattern(120)[60*i:60*i+60]) {
				t.Errorf("%s: image %d is %q", name, i, got)
			}
		}
		nothingLeft(t, s, temp)
	}
}

func TestArrayLayouts(t *testing.T) {
	labels := npyOf([]byte{1, 0}, 2)
	wide := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(npy.AppendHeader(nil, "<i8", 2, 1), 1), 0)
	planes := make([]byte, 12) // of the first image
	for i := range planes {
		planes[i] = pattern(12)[i%3*4+i/3]
	}
	for what, c := range map[string]struct {
		images []byte
		file   string // of the first image
	}{
		"grey":            {npyOf(pattern(12), 2, 2, 3), "P5 3 2 255\n" + string(pattern(6))},
		"grey, one plane": {npyOf(pattern(12), 2, 1, 3, 2), "P5 2 3 255\n" + string(pattern(6))},
		"grey, last":      {npyOf(pattern(12), 2, 2, 3, 1), "P5 3 2 255\n" + string(pattern(6))},
		"colours last":    {npyOf(pattern(36), 2, 3, 2, 3), "P6 2 3 255\n" + string(pattern(18))},
		"colours first":   {npyOf(pattern(24), 2, 3, 1, 4), "P6 4 1 255\n" + string(planes)},
	} {
		for form, files := range map[string]map[string][]byte{
			"folder":  {"train_images.npy": c.images, "train_labels.npy": labels, "test_images.npy": c.images, "test_labels.npy": labels, "features.txt": nil},
			"keras":   {"X_train.npy": c.images, "y_train.npy": wide, "X_test.npy": c.images, "y_test.npy": wide, "other.npy": nil},
			"archive": {"set.npz": npzOf(t, zip.Deflate, map[string][]byte{"x_train.npy": c.images, "y_train.npy": wide, "x_test.npy": c.images, "y_test.npy": labels})},
			"words":   {"set.npz": npzOf(t, zip.Store, map[string][]byte{"training_images.npy": c.images, "training_labels.npy": labels, "valid_x.npy": c.images, "valid_y.npy": wide})},
		} {
			s := opened(t, put(t, t.TempDir(), files), "npz", Options{})
			if got := labelsOf(t, s, Train); !slices.Equal(got, []int{1, 0}) || s.Len(Test) != 2 {
				t.Errorf("%s in %s: labels %v", what, form, got)
			}
			if got := bytesOf(t, s, Train, 0); string(got) != c.file {
				t.Errorf("%s in %s: image %q, want %q", what, form, got, c.file)
			}
		}
	}
}

func TestArraysWithoutSplits(t *testing.T) {
	files := map[string][]byte{"images.npy": npyOf(pattern(4*6), 4, 2, 3), "labels.npy": npyOf([]byte{1, 0, 0, 1}, 4), "classnames.txt": []byte("no\nyes\nnever\n")}
	s := opened(t, put(t, t.TempDir(), files), "npz", Options{})
	all := append(names(s, Train), names(s, Test)...)
	if slices.Sort(all); !slices.Equal(all, []string{"0 images/00000001", "0 images/00000002", "1 images/00000000", "1 images/00000003"}) || s.Len(Test) != 2 {
		t.Errorf("images %q", all)
	}
	if got := s.Classes(); !slices.Equal(got, []string{"no", "yes", "never"}) {
		t.Errorf("classes %q", got)
	}
}

func TestUnlabelledRows(t *testing.T) {
	images, labels := npyOf(pattern(18), 3, 2, 3), append(npy.AppendHeader(nil, "|i1", 3), 1, 255, 0)
	s := opened(t, put(t, t.TempDir(), map[string][]byte{"x_train.npy": images, "y_train.npy": labels, "x_test.npy": images, "y_test.npy": labels}), "npz", Options{})
	if got := names(s, Train); !slices.Equal(got, []string{"1 train/00000000", "0 train/00000002"}) {
		t.Errorf("train %q", got)
	}
}

func TestArrayRefusals(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	object := bytes.Replace(npyOf(nil, 2), []byte("'|u1'"), []byte("'|O' "), 1)
	floats := append(npy.AppendHeader(nil, "<f4", 2, 2, 3), make([]byte, 48)...)
	for what, c := range map[string]struct {
		images, labels []byte
		say            string
	}{
		"floats":        {floats, nil, "images are arrays of uint8"},
		"flat":          {npyOf(pattern(12), 2, 6), nil, "images are arrays of (n, height, width)"},
		"volumes":       {npyOf(pattern(2*4*4*4), 2, 4, 4, 4), nil, "volumes are not read"},
		"no pixels":     {npyOf(nil, 2, 0, 3), nil, "no images'"},
		"fortran":       {bytes.Replace(npyOf(pattern(12), 2, 2, 3), []byte("False, "), []byte("True,  "), 1), nil, "Fortran order"},
		"truncated":     {npyOf(pattern(11), 2, 2, 3), nil, "its header [2 2 3] says"},
		"too long":      {npyOf(pattern(13), 2, 2, 3), nil, "its header [2 2 3] says"},
		"no array":      {[]byte("<html>"), nil, "not a NumPy .npy file"},
		"objects":       {nil, object, "Python objects"},
		"float labels":  {nil, append(npy.AppendHeader(nil, "<f4", 2), make([]byte, 8)...), "expected integers"},
		"many labels":   {nil, npyOf(make([]byte, 28), 2, 14), "14 labels an image"},
		"counts":        {nil, npyOf([]byte{1}, 1), "there must be a label for each image"},
		"huge label":    {nil, append(npy.AppendHeader(nil, "<u4", 2), 0, 0, 0, 0, 0, 0, 0, 1), "image 1 has label 16777216"},
		"huger label":   {nil, append(npy.AppendHeader(nil, "<u4", 2), 0, 0, 0, 0, 0, 0, 0, 255), "element 1 does not fit"},
		"negative":      {nil, append(npy.AppendHeader(nil, "|i1", 2), 1, 254), "label -2"},
		"lies of bytes": {npy.AppendHeader(nil, "|u1", 1<<40, 1<<10, 1<<10), nil, "says"},
	} {
		files := map[string][]byte{"train_images.npy": npyOf(pattern(12), 2, 2, 3), "train_labels.npy": npyOf([]byte{1, 0}, 2), "test_images.npy": npyOf(pattern(12), 2, 2, 3), "test_labels.npy": npyOf([]byte{1, 0}, 2)}
		if c.images != nil {
			files["train_images.npy"] = c.images
		}
		if c.labels != nil {
			files["train_labels.npy"] = c.labels
		}
		refused(t, what, put(t, t.TempDir(), files), Options{}, fault.Corrupt, c.say)
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			root := put(t, t.TempDir(), map[string][]byte{"set.NPZ": npzOf(t, method, files)})
			refused(t, what+" in an archive", filepath.Join(root, "set.NPZ"), Options{}, fault.Corrupt, c.say)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	pair := map[string][]byte{"x_train.npy": npyOf(pattern(12), 2, 2, 3), "y_train.npy": npyOf([]byte{1, 0}, 2)}
	refused(t, "one of a pair", put(t, t.TempDir(), map[string][]byte{"x_train.npy": pair["x_train.npy"]}), Options{}, fault.Missing, "only one of the arrays x_train and y_train")
	pair["train_images.npy"], pair["train_labels.npy"] = pair["x_train.npy"], pair["y_train.npy"]
	refused(t, "two pairs", put(t, t.TempDir(), pair), Options{}, fault.Usage, "both train_images and x_train")
	other := put(t, t.TempDir(), map[string][]byte{"a.npz": npzOf(t, zip.Store, map[string][]byte{"data.npy": object})})
	refused(t, "other names", filepath.Join(other, "a.npz"), Options{}, fault.Corrupt, "but data")
	refused(t, "no archive", filepath.Join(put(t, t.TempDir(), map[string][]byte{"a.npz": []byte("PK\x03\x04")}), "a.npz"), Options{}, fault.Corrupt, "no .npz file")
	refused(t, "labels", "testdata/npz/stored.npz", Options{Labels: "x"}, fault.Usage, "--labels")
	refused(t, "nothing", t.TempDir(), Options{Format: "npz"}, fault.Missing, "no .npz file")
	opened(t, put(t, t.TempDir(), map[string][]byte{"train/a/1.png": nil, "train/b/1.png": nil, "test/a/1.png": nil, "x_train.npy": nil}), "folder", Options{})
}

// An archive that claims more bytes than it has is refused before anything is allocated or written for them.
func TestLyingArchives(t *testing.T) {
	const n = 1 << 31
	head := npy.AppendHeader(nil, "|u1", n)
	for method, say := range map[uint16]string{zip.Store: "claims", zip.Deflate: "truncated"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, data := range map[string][]byte{"train_images.npy": npy.AppendHeader(nil, "|u1", n, 1, 1), "train_labels.npy": head} {
			size := uint64(n + len(data))
			packed := data
			if method == zip.Deflate {
				packed = deflated(t, data)
			}
			w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: method, CompressedSize64: map[uint16]uint64{zip.Store: size, zip.Deflate: uint64(len(packed))}[method], UncompressedSize64: size})
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
		root := put(t, t.TempDir(), map[string][]byte{"a.npz": b.Bytes()})
		refused(t, fmt.Sprint("method ", method), filepath.Join(root, "a.npz"), Options{}, fault.Corrupt, say)
	}
}

// deflated is the compressed form of data within an archive.
func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	archive := npzOf(t, zip.Deflate, map[string][]byte{"x": data})
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
