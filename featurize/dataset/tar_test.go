package dataset

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// tarball makes an archive of files, their content their name, or what follows an "=".
func tarball(t testing.TB, members ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range members {
		name, content, given := strings.Cut(m, "=")
		if !given {
			content = m
		}
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if strings.HasSuffix(name, "/") {
			h.Typeflag, h.Size, content = tar.TypeDir, 0, ""
		}
		tarAdd(t, w, h, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func tarAdd(t testing.TB, w *tar.Writer, h *tar.Header, content string) {
	t.Helper()
	if err := w.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// stored writes a file below a folder and returns its path.
func stored(t testing.TB, root, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// listed lists a set and finds it to be of the format.
func listed(t *testing.T, root, format string) Source {
	t.Helper()
	s, err := Open(root, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if got := s.About().Format; got != format {
		t.Fatalf("%s is read as %s, not %s", root, got, format)
	}
	return s
}

func notes(s Source) string { return strings.Join(s.About().Notes, "\n") }

// wants compares a split, and the bytes of its images with what they should be.
func wants(t *testing.T, s Source, split Split, content func(name string) string, want ...string) {
	t.Helper()
	if got := names(s, split); !slices.Equal(got, want) {
		t.Errorf("%s is\n%q, not\n%q\n%s", split, got, want, notes(s))
	}
	for i := range s.Len(split) {
		it := item(t, s, split, i)
		if data, err := s.Read(it); err != nil || string(data) != content(it.Name) {
			t.Errorf("%s holds %q (%v)", it.Name, data, err)
		}
	}
}

func within(name string) string { // an archive
	_, inner, _ := strings.Cut(name, ".tar/")
	return inner
}

func TestTarTree(t *testing.T) {
	long := "top/train/señor é/" + strings.Repeat("long", 60) + ".png" // needs a PAX record
	data := tarball(t, "./", "./top/", "./top/README.md", "./top/stray.jpg", "./top/train/dog_house/b.jpg", "./top/train/dog_house/deep/a.JPEG", "./top/train/dog_house/notes.txt",
		long, "./top/test/dog_house/1.gif", "./top/test/apple/1.png", "./top/test/.ipynb_checkpoints/x.jpg", "./top/__MACOSX/train/x.jpg", "./top/train/apple/._1.jpg")
	for name, data := range map[string][]byte{"set.tar": data, "set.tar.gz": zipped(t, data), "set.TGZ": zipped(t, data), "wrongly.tar": zipped(t, data), "plain.tgz": data,
		"zeros.tgz": append(zipped(t, data), make([]byte, 1000)...), "parts.tgz": append(zipped(t, data[:700]), zipped(t, data[700:])...)} {
		s := listed(t, stored(t, t.TempDir(), name, data), "tar")
		if got := s.Classes(); !slices.Equal(got, []string{"apple", "dog house", "señor é"}) {
			t.Errorf("%s: classes %q", name, got)
		}
		content := func(name string) string {
			if name != long { // the others begin with ./
				return "./" + name
			}
			return name
		}
		wants(t, s, Train, content, "1 top/train/dog_house/b.jpg", "1 top/train/dog_house/deep/a.JPEG", "2 "+long)
		wants(t, s, Test, content, "1 top/test/dog_house/1.gif", "0 top/test/apple/1.png")
		for _, note := range []string{"2 files that are no images", "3 hidden files", "1 images in no class folder, such as top/stray.jpg"} {
			if !strings.Contains(notes(s), note) {
				t.Errorf("%s: the notes lack %q:\n%s", name, note, notes(s))
			}
		}
	}
}

// TestTarLayouts: what folders in archives mean. Each archive is given as "name: member member …".
func TestTarLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		archives, classes, train, test string
	}{
		"splits by name":               {"my-train-0001.tar: a/1.jpg b/1.jpg; my-test-0000.tar: b/2.jpg", "a b", "0 my-train-0001.tar/a/1.jpg|1 my-train-0001.tar/b/1.jpg", "1 my-test-0000.tar/b/2.jpg"},
		"splits by folder":             {"train/0.tar: a/1.jpg; train/1.tar: b/1.jpg; val/0.tar: b/2.jpg", "a b", "0 train/0.tar/a/1.jpg|1 train/1.tar/b/1.jpg", "1 val/0.tar/b/2.jpg"},
		"other tops":                   {"train.tar: x_train/a/1.jpg x_train/b/1.jpg; valid.tar: x_valid/a/2.jpg x_valid/b/2.jpg", "a b", "0 train.tar/x_train/a/1.jpg|1 train.tar/x_train/b/1.jpg", "0 valid.tar/x_valid/a/2.jpg|1 valid.tar/x_valid/b/2.jpg"},
		"a class named train":          {"0.tar: bus/1.jpg train/1.jpg; 1.tar: bus/2.jpg train/2.jpg plane/1.jpg plane/2.jpg", "bus plane train", "", ""},
		"below the splits":             {"0.tar: train/images/a/1.jpg train/images/b/1.jpg test/images/a/2.jpg", "a b", "0 train/images/a/1.jpg|1 train/images/b/1.jpg", "0 test/images/a/2.jpg"},
		"below the classes":            {"0.tar: train/a/images/1.jpg train/b/images/1.jpg test/a/images/2.jpg", "a b", "0 train/a/images/1.jpg|1 train/b/images/1.jpg", "0 test/a/images/2.jpg"},
		"another folder":               {"0.tar: train/a/1.jpg train/b/1.jpg test/a/2.jpg extra/a/3.jpg", "a b", "0 train/a/1.jpg|1 train/b/1.jpg", "0 test/a/2.jpg"},
		"an archive a class":           {"train/a.tar: 1.jpg; train/b.tar: 1.jpg; test/a.tar: 2.jpg", "a b", "0 train/a.tar/1.jpg|1 train/b.tar/1.jpg", "0 test/a.tar/2.jpg"},
		"an archive a class, all":      {"a.tar: 1.jpg 2.jpg; b.tar: 1.jpg 2.jpg", "a b", "", ""},
		"one of the classes":           {"train.tar: a/1.jpg b/1.jpg; test.tar: a/2.jpg", "a b", "0 train.tar/a/1.jpg|1 train.tar/b/1.jpg", "0 test.tar/a/2.jpg"},
		"another archive":              {"train.tar: a/1.jpg b/1.jpg; test.tar: a/2.jpg; extra.tar: a/3.jpg", "a b", "0 train.tar/a/1.jpg|1 train.tar/b/1.jpg", "0 test.tar/a/2.jpg"},
		"splits in both":               {"train.tar: train/a/1.jpg train/b/1.jpg; test.tar: test/b/2.jpg", "a b", "0 train.tar/train/a/1.jpg|1 train.tar/train/b/1.jpg", "1 test.tar/test/b/2.jpg"},
		"one class of several folders": {"train.tar: a/x/1.jpg b/x/1.jpg; test.tar: a/s1/2.jpg a/s2/2.jpg", "a b", "0 train.tar/a/x/1.jpg|1 train.tar/b/x/1.jpg", "0 test.tar/a/s1/2.jpg|0 test.tar/a/s2/2.jpg"},
		"one class below a top":        {"train.tar: x_train/a/x/1.jpg x_train/b/x/1.jpg; test.tar: x/test/a/s1/2.jpg x/test/a/s2/2.jpg", "a b", "0 train.tar/x_train/a/x/1.jpg|1 train.tar/x_train/b/x/1.jpg", "0 test.tar/x/test/a/s1/2.jpg|0 test.tar/x/test/a/s2/2.jpg"},
		"splits below one top":         {"train.tar: d/train/a/1.jpg d/train/b/1.jpg; test.tar: d/test/a/s1/2.jpg d/test/a/s2/2.jpg", "a b", "0 train.tar/d/train/a/1.jpg|1 train.tar/d/train/b/1.jpg", "0 test.tar/d/test/a/s1/2.jpg|0 test.tar/d/test/a/s2/2.jpg"},
		"one split":                    {"train-0.tar: a/1.jpg a/2.jpg; train-1.tar: b/1.jpg b/2.jpg", "a b", "", ""},
	} {
		root := t.TempDir()
		archives := strings.Split(c.archives, "; ")
		for _, a := range archives {
			file, members, _ := strings.Cut(a, ": ")
			stored(t, root, file, tarball(t, strings.Fields(members)...))
		}
		o := DefaultOptions()
		s, err := Open(root, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(s.Classes(), " "); got != c.classes {
			t.Errorf("%s: classes %s", name, got)
		}
		if got := strings.Join(names(s, Train), "|"); c.train != "" && got != c.train {
			t.Errorf("%s: train %s", name, got)
		}
		if got := strings.Join(names(s, Test), "|"); c.test != "" && got != c.test {
			t.Errorf("%s: test %s", name, got)
		}
		if divided := strings.Contains(notes(s), "divided"); divided != (c.train == "") {
			t.Errorf("%s: %s", name, notes(s))
		}
		_ = s.Close()
	}
}

// TestTarForeignClasses: folders of test images that training lacks are no classes, or worth a note.
func TestTarForeignClasses(t *testing.T) {
	members := []string{"t/wnids.txt", "t/train/n01/images/1.jpg", "t/train/n02/images/1.jpg", "t/val/images/1.jpg", "t/val/images/2.jpg"}
	path := stored(t, t.TempDir(), "tiny.tar", tarball(t, members...))
	if _, err := Open(path, DefaultOptions()); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "no folder of val is one of train's; images is no class, or a new one: unpack the archive") {
		t.Error(err)
	}
	o := DefaultOptions()
	o.Resplit = true
	few := stored(t, t.TempDir(), "few.tar", tarball(t, "train/a/1.jpg", "train/a/2.jpg", "train/b/1.jpg", "train/b/2.jpg", "test/c/1.jpg", "test/c/2.jpg"))
	if s, err := Open(few, o); err != nil || len(s.Classes()) != 3 {
		t.Errorf("divided anew: %v", err)
	}
	s := listed(t, stored(t, t.TempDir(), "more.tar", tarball(t, "wnids.txt", "meta/train.txt", "train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg", "test/c/1.jpg")), "tar")
	for _, note := range []string{"1 class folders are in test and not in train, such as c", "2 lists of the set's own division or labels, which are not read from archives (unpack the archive for them), such as wnids.txt"} {
		if !strings.Contains(notes(s), note) {
			t.Errorf("the notes lack %q:\n%s", note, notes(s))
		}
	}
}

func TestOtherArchives(t *testing.T) {
	for _, name := range []string{"x.zip", "x.tar.xz", "x.7Z"} {
		if _, err := Open(stored(t, t.TempDir(), name, []byte("x")), DefaultOptions()); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "unpack it and pass the folder") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTarOfTars(t *testing.T) {
	first, second := tarball(t, "n01440764_1.JPEG", "n01440764_2.JPEG", "more.tar=x"), tarball(t, "n01443537_1.JPEG", "n01443537_2.JPEG")
	s := listed(t, stored(t, t.TempDir(), "ILSVRC2012_img_train.tar", tarball(t, "n01443537.tar="+string(second), "n01440764.tar="+string(first), "n02.tgz="+string(zipped(t, second)))), "tar")
	if got := s.Classes(); !slices.Equal(got, []string{"tench", "goldfish"}) {
		t.Errorf("classes %q", got)
	}
	all := append(names(s, Train), names(s, Test)...)
	slices.Sort(all)
	if want := []string{"0 n01440764.tar/n01440764_1.JPEG", "0 n01440764.tar/n01440764_2.JPEG", "1 n01443537.tar/n01443537_1.JPEG", "1 n01443537.tar/n01443537_2.JPEG"}; !slices.Equal(all, want) {
		t.Errorf("images %q", all)
	}
	for _, split := range []Split{Train, Test} {
		for i := range s.Len(split) {
			it := item(t, s, split, i)
			if data, err := s.Read(it); err != nil || string(data) != within(it.Name) {
				t.Errorf("%s holds %q (%v)", it.Name, data, err)
			}
		}
	}
	if n := notes(s); !strings.Contains(n, "1 compressed archives within") || !strings.Contains(n, "1 archives in archives within") {
		t.Error(n)
	}
}

func TestTarClassNames(t *testing.T) {
	root := t.TempDir()
	stored(t, root, "set.tar", tarball(t, "n01/1.jpg", "n01/2.jpg", "n02/1.jpg", "n02/2.jpg"))
	stored(t, root, NamesFile, []byte("n02 a fish\nn01 a bird\n"))
	if got := listed(t, root, "tar").Classes(); !slices.Equal(got, []string{"a bird", "a fish"}) {
		t.Errorf("classes %q", got)
	}
}

// TestTarOddMembers: what is no part of a data set is left out and counted, and nothing leads out of an archive.
func TestTarOddMembers(t *testing.T) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	file := func(name, content string) {
		tarAdd(t, w, &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}, content)
	}
	tarAdd(t, w, &tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "of git archive"}}, "")
	file("a/1.jpg", "old")
	file("b/1.jpg", "b1")
	file("a/1.jpg", "new")
	file("a/2.jpg", "a2")
	file("b/2.jpg", "b2")
	file("/etc/3.jpg", "absolute")
	file("a/../../3.jpg", "up")
	file("a/line\nbreak.jpg", "break")
	tarAdd(t, w, &tar.Header{Name: "a/link.jpg", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}, "")
	tarAdd(t, w, &tar.Header{Name: "a/hard.jpg", Linkname: "a/1.jpg", Typeflag: tar.TypeLink}, "")
	tarAdd(t, w, &tar.Header{Name: "a/pipe.jpg", Typeflag: tar.TypeFifo}, "")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := listed(t, stored(t, t.TempDir(), "set.tar", append(buf.Bytes(), "garbage"...)), "tar")
	if s.Len(Train)+s.Len(Test) != 4 {
		t.Errorf("%q %q", names(s, Train), names(s, Test))
	}
	for _, split := range []Split{Train, Test} {
		for i := range s.Len(split) {
			it := item(t, s, split, i)
			want := map[string]string{"a/1.jpg": "new", "b/1.jpg": "b1", "a/2.jpg": "a2", "b/2.jpg": "b2"}[it.Name]
			if data, err := s.Read(it); err != nil || string(data) != want {
				t.Errorf("%s holds %q (%v)", it.Name, data, err)
			}
		}
	}
	for _, note := range []string{"2 members with paths that lead out of the archive", "1 members with line breaks", "3 links and devices", "1 members that a later one of the same name replaces, such as a/1.jpg"} {
		if !strings.Contains(notes(s), note) {
			t.Errorf("the notes lack %q:\n%s", note, notes(s))
		}
	}
}

func TestTarDamage(t *testing.T) {
	whole := tarball(t, "a/1.jpg="+strings.Repeat("x", 3000), "b/1.jpg", "a/2.jpg", "b/2.jpg="+strings.Repeat("y", 3000))
	broken := bytes.Clone(whole)
	broken[512+3072+100] ^= 0x40 // in the second header
	for name, c := range map[string]struct {
		file string
		data []byte
		kind fault.Kind
		say  string
	}{
		"in content":        {"x.tar", whole[:len(whole)-1024-2000], fault.Corrupt, "cut short after b/2.jpg"},
		"in a header":       {"x.tar", whole[:512+3072+100], fault.Corrupt, "cut short after a/1.jpg"},
		"a wrong sum":       {"x.tar", broken, fault.Corrupt, "damaged, after a/1.jpg"},
		"no archive":        {"x.tar", bytes.Repeat([]byte("no archive"), 200), fault.Corrupt, "no tar archive"},
		"empty":             {"x.tar", nil, fault.Missing, "holds no images"},
		"no images":         {"x.tar", tarball(t, "a/1.txt", "b/1.txt"), fault.Missing, "left out: 2 files that are no images by their names, such as a/1.txt"},
		"no classes":        {"x.tar", tarball(t, "1.jpg", "2.jpg"), fault.Missing, "2 images in no class folder"},
		"one class":         {"x.tar", tarball(t, "top/a/1.jpg", "top/a/2.jpg"), fault.Usage, `1 classes ["a"]`},
		"a pointer":         {"x.tar", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), fault.Missing, "git lfs pull"},
		"half a gzip":       {"x.tgz", zipped(t, whole)[:40], fault.Corrupt, "cut short"},
		"a gzip's sum":      {"x.tgz", append(zipped(t, whole)[:len(zipped(t, whole))-8], 1, 2, 3, 4, 5, 6, 7, 8), fault.Corrupt, "checksum"},
		"garbage after":     {"x.tgz", append(zipped(t, whole), "<html>"...), fault.Corrupt, "something else"},
		"a part cut short":  {"x.tgz", append(zipped(t, whole), zipped(t, whole)[:30]...), fault.Corrupt, "cut short"},
		"half an archive":   {"x.tgz", zipped(t, whole[:5000]), fault.Corrupt, "cut short after"},
		"an inner, cut off": {"x.tar", tarball(t, "a.tar="+string(whole[:3000]), "b.tar="+string(whole)), fault.Corrupt, "x.tar: a.tar is cut short"},
	} {
		_, err := Open(stored(t, t.TempDir(), c.file, c.data), DefaultOptions())
		if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := listed(t, stored(t, t.TempDir(), "x.tar", whole[:len(whole)-1024]), "tar")
	if !strings.Contains(notes(s), "without the mark") {
		t.Errorf("an archive without its end: %s", notes(s))
	}
	s = listed(t, stored(t, t.TempDir(), "x.tar", append(bytes.Clone(whole), make([]byte, 2<<20)...)), "tar")
	if !strings.Contains(notes(s), "are not read") {
		t.Errorf("an archive and more: %s", notes(s))
	}
	if _, err := Open(stored(t, t.TempDir(), "x.tar", whole), Options{TestFraction: 0.2, Labels: "coarse"}); fault.KindOf(err) != fault.Usage {
		t.Errorf("labels of archives: %v", err)
	}
}

// TestUnpackingLeavesNothing: neither a temporary file nor an open one is left, also if the set is refused.
func TestUnpackingLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	good := zipped(t, tarball(t, "a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg"))
	root := t.TempDir()
	stored(t, root, "x-train.tgz", good)
	stored(t, root, "x-val.tgz", zipped(t, tarball(t, "b/3.jpg")))
	stored(t, root, "x-test.tgz", good)
	s, err := Open(root, DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	content := func(name string) string { return name[strings.Index(name, "/")+1:] }
	wants(t, s, Train, content, "0 x-train.tgz/a/1.jpg", "0 x-train.tgz/a/2.jpg", "1 x-train.tgz/b/1.jpg", "1 x-train.tgz/b/2.jpg")
	wants(t, s, Test, content, "0 x-test.tgz/a/1.jpg", "0 x-test.tgz/a/2.jpg", "1 x-test.tgz/b/1.jpg", "1 x-test.tgz/b/2.jpg")
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := Open(stored(t, t.TempDir(), "x.tgz", good[:50]), DefaultOptions()); err == nil {
		t.Error("half an archive is read")
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	t.Setenv("TMPDIR", filepath.Join(tmp, "nowhere"))
	if _, err := Open(stored(t, t.TempDir(), "x.tgz", good), DefaultOptions()); err == nil || !strings.Contains(err.Error(), "unpacking") {
		t.Errorf("without room: %v", err)
	}
}

// TestManyShards: more archives than stay open.
func TestManyShards(t *testing.T) {
	root := t.TempDir()
	const open = 256 // files stay so
	for i := range open + 10 {
		stored(t, root, fmt.Sprintf("train/%04d.tar", i), tarball(t, fmt.Sprintf("a/%d.jpg", i), fmt.Sprintf("b/%d.jpg", i)))
	}
	stored(t, root, "test/0.tgz", zipped(t, tarball(t, "a/t.jpg")))
	s := listed(t, root, "tar")
	if s.Len(Train) != 2*(open+10) || s.Len(Test) != 1 {
		t.Fatalf("%d training and %d test images", s.Len(Train), s.Len(Test))
	}
	for i := range s.Len(Train) {
		it := item(t, s, Train, i)
		if data, err := s.Read(it); err != nil || string(data) != within(it.Name) {
			t.Fatalf("%s holds %q (%v)", it.Name, data, err)
		}
	}
	if data, err := s.Read(item(t, s, Test, 0)); err != nil || string(data) != "a/t.jpg" {
		t.Errorf("%q %v", data, err)
	}
}

// TestArchivesBesideFolders: archives that lie beside what was unpacked from them are not the set.
func TestArchivesBesideFolders(t *testing.T) {
	root := tree(t, "images/a/1.jpg", "images/a/2.jpg", "images/b/1.jpg", "images/b/2.jpg")
	stored(t, root, "images.tar", tarball(t, "a/1.jpg"))
	records := t.TempDir()
	stored(t, records, "cifar-10-binary.tar.gz", nil)
	stored(t, records, "cifar-10-batches-bin/test_batch.bin", nil)
	for _, root := range []string{root, records} {
		if tarFormat.Is(root, DefaultOptions()) {
			t.Error("the archive is taken for the set")
		}
	}
}

func FuzzTar(f *testing.F) {
	f.Add(tarball(f, "a/1.jpg", "b/1.jpg", "a/2.jpg"))
	f.Add(zipped(f, tarball(f, "a/1.jpg", "b/1.jpg", "b/2.jpg")))
	f.Add(tarball(f, "1.jpg", "1.cls=0", "2.jpg", "2.json={\"label\": 1, \"class_name\": \"b\"}"))
	f.Add(tarball(f, "a.tar="+string(tarball(f, "1.jpg"))))
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := tarFormat.Open(stored(t, root, "x.tar", data), DefaultOptions())
		if err != nil {
			return
		}
		for i := range s.Len(Train) {
			if it, err := s.At(Train, i); err != nil {
				t.Error(err)
			} else if _, err := s.Read(it); err != nil {
				t.Errorf("%s: %v", it.Name, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
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
			tarAdd(t, w, &tar.Header{Name: fmt.Sprintf("%08d.cls", i), Size: 2, Typeflag: tar.TypeReg}, fmt.Sprintf("%02d", i%100))
		} else {
			name = kind + name[5:]
		}
		tarAdd(t, w, &tar.Header{Name: name, Size: 1, Typeflag: tar.TypeReg}, "x")
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
	s := listed(t, path, "tar")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if s.Len(Train) != n*9/10 || s.Len(Test) != n/10 || len(s.Classes()) != 100 {
		t.Errorf("%d training and %d test images in %d classes", s.Len(Train), s.Len(Test), len(s.Classes()))
	}
	if each := float64(after.HeapAlloc-before.HeapAlloc) / n; each > 60 { // 16 for the table and the rows, and the end of the list that is not on disk
		t.Errorf("the list takes %.0f bytes an image", each)
	}
	if it := item(t, s, Train, 12345); it.Name == "" || !slices.Equal([]byte("x"), must(s.Read(it))) {
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
				s, err := Open(path, DefaultOptions())
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
