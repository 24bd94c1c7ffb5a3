package all_test

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/tools/fixture"
)

// TestFormatsAgree writes a set of PNG files in every form that arrays are kept in, and reads the same pixels and
// labels from all.
func TestFormatsAgree(t *testing.T) {
	folder, err := all.Folder(fixture.Path(t, "data/cifar100-sample"), dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	pixels, labels := map[dataset.Split][]byte{}, map[dataset.Split][]byte{} // interleaved
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range folder.Len(split) {
			m := decoded(t, folder, split, i)
			if m.W != 32 || m.H != 32 {
				t.Fatalf("%d×%d pixels", m.W, m.H)
			}
			pixels[split], labels[split] = append(pixels[split], m.Pix...),
				append(labels[split], byte(settest.Item(t, folder, split, i).Label))
		}
	}
	var lines []byte
	for _, c := range folder.Classes() {
		lines = append(append(lines, c...), '\n')
	}
	binary, python, packed, loose := map[string][]byte{}, map[string][]byte{}, map[string][]byte{}, map[string][]byte{
		names.File: lines,
	}
	for split, pix := range pixels {
		n := len(labels[split])
		var records, planes []byte
		var fine, coarse []int
		for i, l := range labels[split] {
			row := planesOf(pix[3072*i : 3072*(i+1)])
			records, planes = append(append(records, l%20, l), row...), append(planes, row...)
			fine, coarse = append(fine, int(l)), append(coarse, int(l%20))
		}
		binary[string(split)+".bin"] = records
		python[string(split)] = settest.Pickle(n, 3072, planes,
			map[string][]int{"fine_labels": fine, "coarse_labels": coarse})
		packed["x_"+string(split)+".npy"], packed["y_"+string(split)+".npy"] = settest.NPY(pix, n, 32, 32, 3),
			settest.NPY(labels[split], n, 1)
		loose[string(split)+"_images.npy"], loose[string(split)+"_labels.npy"] = settest.NPY(planes, n, 3, 32, 32),
			settest.NPY(labels[split], n)
	}
	archive := settest.Put(t, t.TempDir(),
		map[string][]byte{"a.npz": settest.NPZ(t, zip.Deflate, packed), names.File: lines})
	for format, roots := range map[string][]string{
		"cifar-binary": {settest.Put(t, t.TempDir(), binary)}, "cifar-pickle": {settest.Put(t, t.TempDir(), python)},
		"npz": {settest.Put(t, t.TempDir(), loose), archive, filepath.Join(archive, "a.npz")},
	} {
		for _, root := range roots {
			s := settest.OpenHalved(t, root, format, dataset.Options{})
			if !slices.Equal(s.Classes(), folder.Classes()) {
				t.Errorf("%s: classes %q", format, s.Classes())
			}
			for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
				if s.Len(split) != folder.Len(split) {
					t.Fatalf("%s: %d images", format, s.Len(split))
				}
				for i := range s.Len(split) {
					if m := decoded(t, s, split, i); !bytes.Equal(m.Pix, pixels[split][3072*i:3072*(i+1)]) ||
						settest.Item(t, s, split, i).Label != int32(labels[split][i]) {
						t.Fatalf("%s: image %d of %s differs", format, i, split)
					}
				}
			}
		}
	}
}

// planesOf sorts interleaved pixels by colour.
func planesOf(rgb []byte) []byte {
	out := make([]byte, len(rgb))
	for i, v := range rgb {
		out[i%3*len(rgb)/3+i/3] = v
	}
	return out
}

func decoded(t *testing.T, s dataset.Source, split dataset.Split, i int) *pixel.RGB {
	t.Helper()
	m, err := pixel.Decode(settest.Bytes(t, s, split, i))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
