package featurize

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// All images that Run skips are found, with the same reasons, in the order of the set, by any number of workers.
func TestTry(t *testing.T) {
	root := images(t, 12)
	for name, data := range map[string]string{
		"train/kind_0/0002.png": "<html>not found</html>", "train/kind_1/0011.png": "\x89PNG\r\n\x1a\n",
		"test/kind_0/0000.png": "", "test/kind_1/0004.png": "no picture",
	} {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, size := range map[string]image.Point{"0001.png": {2, 9}, "0003.png": {30, 40}, "0005.png": {40, 30}} {
		f, err := os.Create(filepath.Join(root, "train", "kind_0", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, image.NewGray(image.Rectangle{Max: size})), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	set, err := all.Folder(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	var want *Trial
	for _, workers := range []int{1, 2, 7} {
		last := 0
		got, err := Try(t.Context(), set, workers, func(done, total int) {
			if last++; done != last || total != 48 {
				t.Errorf("progress %d of %d", done, total)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) || last != 48 {
			t.Errorf("%d workers: %+v, want %+v", workers, got, want)
		}
	}
	if want.Good() != 44 || *want.Smallest != (Picture{"train/kind_0/0001.png", 2, 9}) ||
		*want.Largest != (Picture{"train/kind_0/0003.png", 30, 40}) {
		t.Errorf("%d good, %v to %v", want.Good(), want.Smallest, want.Largest)
	}
	o, out := options(), filepath.Join(t.TempDir(), "c")
	o.Skip = true
	r, err := run(t, root, out, encoder(t), o)
	if err != nil {
		t.Fatal(err)
	}
	var skipped []cache.Skip
	for _, s := range r.Manifest.Splits {
		skipped = append(skipped, s.Skipped...)
	}
	if !slices.EqualFunc(want.Bad, skipped, func(b BadImage, s cache.Skip) bool {
		return b.File == s.File && b.Reason == s.Reason
	}) {
		t.Errorf("found %+v, skipped %+v", want.Bad, skipped)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Try(stopped, set, 2, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := Try(t.Context(), set, 0, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("no workers: %v", err)
	}
}

// broken is a set whose disk fails.
type broken struct{ dataset.Source }

func (broken) Read(dataset.Item) ([]byte, error) { return nil, errors.New("the disk is gone") }

func TestTryStopsWhereNoImageIsToBlame(t *testing.T) {
	set, err := all.Folder(images(t, 40), dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if _, err := Try(t.Context(), broken{set}, 3, nil); err == nil || fault.KindOf(err) != fault.Failure {
		t.Errorf("a broken disk: %v", err)
	}
}
