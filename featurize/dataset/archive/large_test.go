package archive_test

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
)

// TestManyShards: more archives than stay open.
func TestManyShards(t *testing.T) {
	root := t.TempDir()
	const open = 256 // files stay so
	for i := range open + 10 {
		settest.Store(t, root, fmt.Sprintf("train/%04d.tar", i),
			settest.Tar(t, fmt.Sprintf("a/%d.jpg", i), fmt.Sprintf("b/%d.jpg", i)))
	}
	settest.Store(t, root, "test/0.tgz", settest.Gzip(t, settest.Tar(t, "a/t.jpg")))
	s := settest.List(t, root, "tar")
	if s.Len(dataset.Train) != 2*(open+10) || s.Len(dataset.Test) != 1 {
		t.Fatalf("%d training and %d test images", s.Len(dataset.Train), s.Len(dataset.Test))
	}
	for i := range s.Len(dataset.Train) {
		it := settest.Item(t, s, dataset.Train, i)
		if data, err := s.Read(it); err != nil || string(data) != within(it.Name) {
			t.Fatalf("%s holds %q (%v)", it.Name, data, err)
		}
	}
	if data, err := s.Read(settest.Item(t, s, dataset.Test, 0)); err != nil || string(data) != "a/t.jpg" {
		t.Errorf("%q %v", data, err)
	}
}

// manyMembers writes an archive of tiny images in a hundred classes, and with samples their labels too.
func manyMembers(t testing.TB, n int, samples bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "many.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewWriterSize(f, 1<<20)
	w := tar.NewWriter(buffered)
	for i := range n {
		name, kind := fmt.Sprintf("train/class%02d/%08d.jpg", i%100, i), "train"
		if i/100%10 == 0 {
			kind = "test"
		}
		if samples {
			name = fmt.Sprintf("%08d.jpg", i)
			settest.TarAdd(t, w, &tar.Header{Name: fmt.Sprintf("%08d.cls", i), Size: 2, Typeflag: tar.TypeReg},
				fmt.Sprintf("%02d", i%100))
		} else {
			name = kind + name[5:]
		}
		settest.TarAdd(t, w, &tar.Header{Name: name, Size: 1, Typeflag: tar.TypeReg}, "x")
	}
	if err := errors.Join(w.Close(), buffered.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestManyMembers: listing a large archive takes little memory, an image some dozen bytes.
func TestManyMembers(t *testing.T) {
	if testing.Short() {
		t.Skip("a large archive")
	}
	const n = 200_000
	path := manyMembers(t, n, false)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := settest.List(t, path, "tar")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if s.Len(dataset.Train) != n*9/10 || s.Len(dataset.Test) != n/10 || len(s.Classes()) != 100 {
		t.Errorf("%d training and %d test images in %d classes",
			s.Len(dataset.Train), s.Len(dataset.Test), len(s.Classes()))
	}
	// 16 for the table and the rows, and the end of the list that is not on disk
	if each := float64(after.HeapAlloc-before.HeapAlloc) / n; each > 60 {
		t.Errorf("the list takes %.0f bytes an image", each)
	}
	if it := settest.Item(t, s, dataset.Train, 12345); it.Name == "" || !slices.Equal([]byte("x"), must(s.Read(it))) {
		t.Errorf("%+v", it)
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func BenchmarkTar(b *testing.B) {
	for _, samples := range []bool{false, true} {
		b.Run(fmt.Sprintf("samples=%v", samples), func(b *testing.B) {
			const n = 100_000
			path := manyMembers(b, n, samples)
			b.ReportAllocs()
			for b.Loop() {
				s, err := all.Open(path, dataset.DefaultOptions())
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/image")
		})
	}
}
