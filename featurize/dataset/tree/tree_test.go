package tree_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

func TestTrainAndTest(t *testing.T) {
	root := settest.Tree(t, "train/señor é/b.JPG", "train/señor é/a.png", "train/aquarium_fish/deep/er/x.webp",
		"train/aquarium_fish/notes.txt",
		"train/aquarium_fish/._x.jpg", "train/.ipynb_checkpoints/x.jpg", "train/stray.jpg", "train/B/1.gif",
		"test/only in test/1.bmp", "test/B/2.tif", "__MACOSX/x")
	s := settest.Folder(t, root)
	if got := s.Classes(); !slices.Equal(got, []string{"B", "aquarium fish", "only in test", "señor é"}) {
		t.Errorf("classes %q", got)
	}
	if got := settest.Names(s, dataset.Train); !slices.Equal(got, []string{
		"0 train/B/1.gif", "1 train/aquarium_fish/deep/er/x.webp", "3 train/señor é/a.png",
		"3 train/señor é/b.JPG",
	}) {
		t.Errorf("train %q", got)
	}
	if got := settest.Names(s, dataset.Test); !slices.Equal(got,
		[]string{"0 test/B/2.tif", "2 test/only in test/1.bmp"}) {
		t.Errorf("test %q", got)
	}
	data, err := s.Read(settest.Item(t, s, dataset.Test, 1))
	if err != nil || string(data) != "test/only in test/1.bmp" {
		t.Errorf("read %q, %v", data, err)
	}
}

func TestValidationServesAsTest(t *testing.T) {
	s := settest.Folder(t, settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "validation/a/2.jpg"))
	if s.Len(dataset.Test) != 1 {
		t.Errorf("%d test images", s.Len(dataset.Test))
	}
}

func TestSingleTreeIsDivided(t *testing.T) {
	var files []string
	for i := range 10 {
		files = append(files, fmt.Sprintf("a/%d.jpg", i))
	}
	root := settest.Tree(t, append(files, "b/1.jpg", "b/2.jpg", "c/only.jpg")...)
	s := settest.Folder(t, root)
	if s.Len(dataset.Test) != 3 || s.Len(dataset.Train) != 10 { // 2 of 10, 1 of 2, 0 of 1
		t.Errorf("%d training and %d test images", s.Len(dataset.Train), s.Len(dataset.Test))
	}
	rows := append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...)
	slices.Sort(rows)
	if len(slices.Compact(rows)) != 13 {
		t.Errorf("images lost or repeated: %q", rows)
	}
	if again := settest.Folder(t, root); !slices.Equal(settest.Names(again, dataset.Test),
		settest.Names(s, dataset.Test)) {
		t.Error("the division is not reproducible")
	}
	other, err := all.Folder(root, dataset.Options{TestFraction: 0.2, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	third, err := all.Folder(root, dataset.Options{TestFraction: 0.2, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(settest.Names(other, dataset.Test), settest.Names(s, dataset.Test)) &&
		slices.Equal(settest.Names(third, dataset.Test), settest.Names(s, dataset.Test)) {
		t.Error("the seed does not matter")
	}
}

func TestClassNames(t *testing.T) {
	root := settest.Tree(t, "train/n01/1.jpg", "train/n01 b/1.jpg", "test/n01/1.jpg", "test/n01 b/1.jpg")
	write := func(s string) {
		if err := os.WriteFile(filepath.Join(root, names.File), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("\ufeff# names\r\nn01 tench, a fish\r\n\r\nn01 b  great white\r\n")
	if got := settest.Folder(t, root).Classes(); !slices.Equal(got, []string{"tench, a fish", "great white"}) {
		t.Errorf("classes %q", got)
	}
	write("n02 goldfish\n")
	if _, err := all.Folder(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "line 1") {
		t.Errorf("unknown folder: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	file := filepath.Join(settest.Tree(t, "x.jpg"), "x.jpg")
	for name, c := range map[string]struct {
		root string
		kind fault.Kind
		say  string
	}{
		"nothing there": {filepath.Join(t.TempDir(), "no"), fault.Missing, "does not exist"},
		"a file":        {file, fault.Usage, "is a file"},
		"empty":         {t.TempDir(), fault.Missing, "no class folders"},
		"one class":     {settest.Tree(t, "train/a/1.jpg", "test/a/2.jpg"), fault.Usage, "single class"},
		"no test":       {settest.Tree(t, "train/a/1.jpg", "train/b/2.jpg"), fault.Missing, "no test folder"},
		"empty class":   {settest.Tree(t, "train/a/1.jpg", "train/b/", "test/a/1.jpg"), fault.Missing, `"b"`},
		"line break": {
			settest.Tree(t, "train/a/1\n.jpg", "train/b/2.jpg", "test/a/1.jpg"), fault.Corrupt, "line break",
		},
		"no test images": {settest.Tree(t, "train/a/1.jpg", "train/b/2.jpg", "test/a/"), fault.Missing, "0 test"},
	} {
		if _, err := all.Folder(c.root, dataset.DefaultOptions()); fault.KindOf(err) != c.kind || err == nil ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := all.Folder(t.TempDir(), dataset.Options{TestFraction: 1}); fault.KindOf(err) != fault.Usage {
		t.Errorf("test fraction 1: %v", err)
	}
}

func TestLinks(t *testing.T) {
	root := settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg")
	for link, to := range map[string]string{
		"train/a/link.jpg":   filepath.Join(root, "train/b/1.jpg"),
		"train/a/broken.jpg": "nowhere", "train/a/folder.jpg": filepath.Join(root, "test"),
	} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	s := settest.Folder(t, root)
	if got := settest.Names(s, dataset.Train); !slices.Equal(got, []string{
		"0 train/a/1.jpg", "0 train/a/broken.jpg", "0 train/a/folder.jpg/a/1.jpg", "0 train/a/link.jpg",
		"1 train/b/1.jpg",
	}) {
		t.Errorf("train %q", got)
	}
	if _, err := s.Read(settest.Item(t, s, dataset.Train, 1)); fault.KindOf(err) != fault.Missing {
		t.Errorf("broken link: %v", err)
	}
	if err := os.Symlink(filepath.Join(root, "train"), filepath.Join(root, "train/a/loop")); err != nil {
		t.Fatal(err)
	}
	if _, err := all.Folder(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a loop of links: %v", err)
	}
}
