package tree_test

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/train/fault"
)

func link(t *testing.T, to, root, name string) {
	t.Helper()
	if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

func pipe(t *testing.T, root, name string) {
	t.Helper()
	if err := syscall.Mkfifo(filepath.Join(root, name), 0o644); err != nil {
		t.Skip("no pipes here: ", err)
	}
}

func TestFolderOddFiles(t *testing.T) {
	root := settest.Tree(t, "train/a/folder.jpg/1.png", "train/a/zero.jpg", "train/a/lfs.jpg", "train/a/annex.jpg",
		"train/a/1.jpg ", "train/b.jpg/1.jpg", "test/a/1.jpg", "train/a/Thumbs.db")
	link(t, "self.jpg", root, "train/a/self.jpg")
	link(t, "nowhere", root, "train/a/broken")
	link(t, filepath.Join(root, "train/round"), root, "train/round") // a class folder that is a link to itself
	pipe(t, root, "train/a/pipe.jpg")
	pipe(t, root, "train/c")
	settest.Write(t, root, "train/a/zero.jpg", "")
	settest.Write(t, root, "train/a/lfs.jpg", "version https://git-lfs.github.com/spec/v1\n"+
		"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n")
	settest.Write(t, root, "train/a/annex.jpg", "/annex/objects/SHA256E-s1234--abc.jpg\n")
	s := settest.OpenAs(t, "folder", root, nil)
	settest.Equal(t, "classes", s.Classes(), []string{"a", "b.jpg"})
	settest.Equal(t, "train", settest.Names(s, dataset.Train), []string{
		"0 train/a/annex.jpg", "0 train/a/folder.jpg/1.png", "0 train/a/lfs.jpg", "0 train/a/pipe.jpg",
		"0 train/a/self.jpg", "0 train/a/zero.jpg", "1 train/b.jpg/1.jpg",
	})
	settest.Unreadable(t, s, 0, fault.Missing, "git annex get")
	settest.Unreadable(t, s, 2, fault.Missing, "git lfs pull")
	settest.Unreadable(t, s, 3, fault.Corrupt, "not a file")
	settest.Unreadable(t, s, 4, fault.Missing, "too many levels")
	settest.Noted(t, s, "3 files that are no images by their names, such as train/a/1.jpg ")
	data, err := s.Read(settest.Item(t, s, dataset.Train, 5))
	if err == nil {
		_, err = pixel.Decode(data)
	}
	if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file: %v", err)
	}
	pipe(t, root, names.File) // must not be waited for
	settest.Fails(t, "names from a pipe", root, dataset.DefaultOptions(), fault.Corrupt, "classnames.txt is not a file")
}

func TestFolderUnreadable(t *testing.T) {
	root := settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg")
	file, folder := filepath.Join(root, "train/a/1.jpg"), filepath.Join(root, "train/b")
	if err := os.Chmod(file, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(file); err == nil {
		t.Skip("this user may read everything")
	}
	s := settest.OpenAs(t, "folder", root, nil)
	settest.Unreadable(t, s, 0, fault.Missing, "permission")
	if err := os.Chmod(folder, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o755) // so that it can be removed
	settest.Fails(t, "a folder", root, dataset.DefaultOptions(), fault.Missing, "train/b", "permission")
}

func TestFolderOddNames(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("the file system changes names")
	}
	files := []string{
		"100%25.jpg", "#1.jpg", `"it's".jpg`, " 1 .jpg", "caf\u00e9.jpg", "cafe\u0301.jpg", "caf\xe9.jpg",
		"a?b&c=d.jpg", "-rf.jpg", "a:b|c<d>.jpg", `back\slash.jpg`,
	}
	var all []string
	for _, f := range files {
		all = append(all, "train/a/"+f)
	}
	root := settest.Tree(t, append(all, "train/b/1.jpg", "test/a/1.jpg")...)
	s := settest.OpenAs(t, "folder", root, nil)
	if s.Len(dataset.Train) != len(files)+1 {
		t.Fatalf("train %q", settest.Names(s, dataset.Train))
	}
	for i := range s.Len(dataset.Train) {
		it := settest.Item(t, s, dataset.Train, i)
		if data, err := s.Read(it); err != nil || string(data) != it.Name {
			t.Errorf("%q: read %q, %v", it.Name, data, err)
		}
	}
}

func TestFolderOddClasses(t *testing.T) {
	if runtime.GOOS == "darwin" {
		t.Skip("the file system changes names")
	}
	root := settest.Tree(t, "train/Dog/1.jpg", "train/dog/1.jpg", "train/dog /1.jpg", "train/caf\u00e9/1.jpg",
		"test/cafe\u0301/1.jpg", "test/dog/2.jpg", "train/bj\xf8rn/1.jpg", "train/100%_#1/1.jpg",
		`train/F-16A "Viper"/1.jpg`)
	s := settest.OpenAs(t, "folder", root, nil)
	settest.Equal(t, "classes", s.Classes(),
		[]string{"100% #1", "Dog", `F-16A "Viper"`, "bj\ufffdrn", "cafe\u0301", "caf\u00e9", "dog", "dog"})
	settest.Noted(t, s, `class folders "Dog" and "dog" look alike`)
	settest.Noted(t, s, `class folders "dog" and "dog " look alike`)
	settest.Noted(t, s, `class folders "cafe\u0301" and "caf\u00e9" look alike`)
	settest.Noted(t, s, `"bj\xf8rn" is not UTF-8`)
	settest.Fails(t, "a line break", settest.Tree(t, "train/a\nb/1.jpg", "train/b/2.jpg", "test/b/1.jpg"),
		dataset.DefaultOptions(), fault.Corrupt, "line break")
}

// A class called train, as in CIFAR-100, is no split; and what is none must not be taken for classes.
func TestFolderSplitsAndClasses(t *testing.T) {
	s := settest.OpenAs(t, "folder",
		settest.Tree(t, "train/1.jpg", "train/2.jpg", "tractor/1.jpg", "tractor/2.jpg", "truck/1.jpg", "truck/2.jpg"),
		nil)
	settest.Equal(t, "classes", s.Classes(), []string{"tractor", "train", "truck"})
	settest.Noted(t, s, "train is taken for a class")
	s = settest.OpenAs(t, "folder",
		settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "train/lost.jpg", "test/a/1.jpg", "test/lost.jpg"), nil)
	settest.Noted(t, s, "2 images outside class folders, such as ")
	settest.Fails(t, "flat", settest.Tree(t, "train/1.jpg", "test/2.jpg"), dataset.DefaultOptions(), fault.Missing,
		"no class folders", "pass the list")
	settest.Fails(t, "no train", settest.Tree(t, "val/a/1.jpg", "val/b/1.jpg", "test/a/1.jpg"),
		dataset.DefaultOptions(), fault.Missing, "test and val but no train folder")
	o := dataset.DefaultOptions()
	o.Resplit = true
	r, err := all.Open(settest.Tree(t, "train/a/1.jpg", "train/a/2.jpg", "train/b/1.jpg"), o)
	if err != nil || r.Len(dataset.Train) != 2 || r.Len(dataset.Test) != 1 {
		t.Errorf("dividing the training images: %v", err)
	}
}

func TestFolderImageNet(t *testing.T) {
	root := settest.Tree(t, "train/n01440764/n01440764_1.JPEG", "train/n01443537/n01443537_1.JPEG",
		"train/n99999999/1.JPEG", "train/my_own/1.JPEG", "val/n01440764/ILSVRC2012_val_00000001.JPEG",
		"test/ILSVRC2012_test_00000001.JPEG")
	s := settest.OpenAs(t, "folder", root, nil)
	settest.Equal(t, "classes", s.Classes(), []string{"my own", "tench", "goldfish", "n99999999"})
	settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"1 val/n01440764/ILSVRC2012_val_00000001.JPEG"})
	settest.Noted(t, s, "1 images outside class folders, such as test/ILSVRC2012_test_00000001.JPEG")
	settest.Noted(t, s, "1 classes have no name but their WordNet id, such as n99999999")
	settest.Write(t, root, names.File, "n01440764 a tench\nmy_own\n")
	settest.Equal(t, "given names", settest.OpenAs(t, "folder", root, nil).Classes(),
		[]string{"my own", "a tench", "goldfish", "n99999999"})
	root = settest.Tree(t, "train/n01440764/n01440764_1.JPEG", "train/n01443537/n01443537_1.JPEG",
		"val/ILSVRC2012_val_00000001.JPEG", "val/ILSVRC2012_val_00000002.JPEG")
	settest.Fails(t, "flat validation images", root, dataset.DefaultOptions(), fault.Missing, "lie flat", "val/<wnid>/",
		"ImageNet_LT_test.txt")
	wnids := slices.Sorted(maps.Keys(names.ImageNet()))
	if got, err := names.OfFolders(root, wnids); err != nil || len(got) != 1000 || got[0] != "tench" ||
		got[999] != "toilet paper" {
		t.Errorf("%d classes, %v", len(got), err)
	}
}
