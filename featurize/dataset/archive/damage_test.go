package archive_test

import (
	"archive/tar"
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/archive"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TestTarOddMembers: what is no part of a data set is left out and counted, and nothing leads out of an archive.
func TestTarOddMembers(t *testing.T) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	file := func(name, content string) {
		settest.TarAdd(t, w, &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg},
			content)
	}
	settest.TarAdd(t, w,
		&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "of git archive"}}, "")
	file("a/1.jpg", "old")
	file("b/1.jpg", "b1")
	file("a/1.jpg", "new")
	file("a/2.jpg", "a2")
	file("b/2.jpg", "b2")
	file("/etc/3.jpg", "absolute")
	file("a/../../3.jpg", "up")
	file("a/line\nbreak.jpg", "break")
	settest.TarAdd(t, w, &tar.Header{Name: "a/link.jpg", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}, "")
	settest.TarAdd(t, w, &tar.Header{Name: "a/hard.jpg", Linkname: "a/1.jpg", Typeflag: tar.TypeLink}, "")
	settest.TarAdd(t, w, &tar.Header{Name: "a/pipe.jpg", Typeflag: tar.TypeFifo}, "")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := settest.List(t, settest.Store(t, t.TempDir(), "set.tar", append(buf.Bytes(), "garbage"...)), "tar")
	if s.Len(dataset.Train)+s.Len(dataset.Test) != 4 {
		t.Errorf("%q %q", settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
	}
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range s.Len(split) {
			it := settest.Item(t, s, split, i)
			want := map[string]string{"a/1.jpg": "new", "b/1.jpg": "b1", "a/2.jpg": "a2", "b/2.jpg": "b2"}[it.Name]
			if data, err := s.Read(it); err != nil || string(data) != want {
				t.Errorf("%s holds %q (%v)", it.Name, data, err)
			}
		}
	}
	for _, note := range []string{
		"7 bytes after its end are no archive",
		"2 members with paths that lead out of the archive", "1 members with line breaks",
		"3 links and devices", "1 members that a later one of the same name replaces, such as a/1.jpg",
	} {
		if !strings.Contains(settest.Notes(s), note) {
			t.Errorf("the notes lack %q:\n%s", note, settest.Notes(s))
		}
	}
}

func TestTarDamage(t *testing.T) {
	long := func(letter string) string { return strings.Repeat(letter, 3000) }
	whole := settest.Tar(t, "a/1.jpg="+long("x"), "b/1.jpg", "a/2.jpg", "b/2.jpg="+long("y"))
	broken := bytes.Clone(whole)
	broken[512+3072+100] ^= 0x40 // in the second header
	for name, c := range map[string]struct {
		file string
		data []byte
		kind fault.Kind
		say  string
	}{
		"in content":  {"x.tar", whole[:len(whole)-1024-2000], fault.Corrupt, "cut short after b/2.jpg"},
		"in a header": {"x.tar", whole[:512+3072+100], fault.Corrupt, "cut short after a/1.jpg"},
		"a wrong sum": {"x.tar", broken, fault.Corrupt, "damaged, after a/1.jpg"},
		"no archive":  {"x.tar", bytes.Repeat([]byte("no archive"), 200), fault.Corrupt, "no tar archive"},
		"empty":       {"x.tar", nil, fault.Corrupt, "x.tar has 0 bytes; fetch it again"},
		"an inner, empty": {
			"x.tar", settest.Tar(t, "a.tar=", "b.tar="+string(whole)), fault.Corrupt, "x.tar: a.tar has 0 bytes",
		},
		"empty, packed": {"x.tgz", settest.Gzip(t, nil), fault.Corrupt, "x.tgz unpacks to 0 bytes; fetch it again"},
		"packed after": {
			"x.tar", append(bytes.Clone(whole), settest.Gzip(t, whole)...), fault.Corrupt, "holds another archive",
		},
		"after a line": {
			"x.tar", append(append(bytes.Clone(whole), '\n'), whole...), fault.Corrupt, "holds another archive",
		},
		"half after": {
			"x.tar", append(bytes.Clone(whole), whole[:2000]...), fault.Corrupt, "cut short after a/1.jpg",
		},
		"no images": {
			"x.tar", settest.Tar(t, "a/1.txt", "b/1.txt"), fault.Missing,
			"left out: 2 files that are no images by their names, such as a/1.txt",
		},
		"no classes": {"x.tar", settest.Tar(t, "1.jpg", "2.jpg"), fault.Missing, "2 images in no class folder"},
		"one class":  {"x.tar", settest.Tar(t, "top/a/1.jpg", "top/a/2.jpg"), fault.Usage, `1 classes ["a"]`},
		"a pointer": {
			"x.tar", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), fault.Missing,
			"git lfs pull",
		},
		"half a gzip": {"x.tgz", settest.Gzip(t, whole)[:40], fault.Corrupt, "cut short"},
		"a gzip's sum": {
			"x.tgz", append(settest.Gzip(t, whole)[:len(settest.Gzip(t, whole))-8], 1, 2, 3, 4, 5, 6, 7, 8),
			fault.Corrupt, "checksum",
		},
		"garbage after": {"x.tgz", append(settest.Gzip(t, whole), "<html>"...), fault.Corrupt, "something else"},
		"a part cut short": {
			"x.tgz", append(settest.Gzip(t, whole), settest.Gzip(t, whole)[:30]...), fault.Corrupt, "cut short",
		},
		"half an archive": {"x.tgz", settest.Gzip(t, whole[:5000]), fault.Corrupt, "cut short after"},
		"an inner, cut off": {
			"x.tar", settest.Tar(t, "a.tar="+string(whole[:3000]), "b.tar="+string(whole)), fault.Corrupt,
			"x.tar: a.tar is cut short",
		},
	} {
		_, err := all.Open(settest.Store(t, t.TempDir(), c.file, c.data), dataset.DefaultOptions())
		if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := settest.List(t, settest.Store(t, t.TempDir(), "x.tar", whole[:len(whole)-1024]), "tar")
	if !strings.Contains(settest.Notes(s), "without the mark") {
		t.Errorf("an archive without its end: %s", settest.Notes(s))
	}
	s = settest.List(t, settest.Store(t, t.TempDir(), "x.tar", append(bytes.Clone(whole), make([]byte, 2<<20)...)),
		"tar")
	if !strings.Contains(settest.Notes(s), "are not read") {
		t.Errorf("an archive and more: %s", settest.Notes(s))
	}
	if _, err := all.Open(settest.Store(t, t.TempDir(), "x.tar", whole),
		dataset.Options{TestFraction: 0.2, Labels: "coarse"}); fault.KindOf(err) != fault.Usage {
		t.Errorf("labels of archives: %v", err)
	}
}

// TestTarJoined: archives that are joined by `cat`, packed or not, are read with all members, within archives too.
func TestTarJoined(t *testing.T) {
	one, two := settest.Tar(t, "a/1.jpg", "b/1.jpg"), settest.Tar(t, "a/2.jpg", "b/2.jpg")
	three := append(make([]byte, 20*512), settest.Tar(t, "a/3.jpg", "b/3.jpg")...)
	all := slices.Concat(one, two, three)
	inner := func(members string) []byte {
		return slices.Concat(settest.Tar(t, members+"1.jpg"), settest.Tar(t, members+"2.jpg"),
			settest.Tar(t, members+"3.jpg"))
	}
	for name, data := range map[string][]byte{
		"joined.tar":      all,
		"packed.tar.gz":   settest.Gzip(t, all),
		"members.tgz":     slices.Concat(settest.Gzip(t, one), settest.Gzip(t, two), settest.Gzip(t, three)),
		"within.tar":      settest.Tar(t, "a.tar="+string(inner("")), "b.tar="+string(inner(""))),
		"filled up.tar":   append(bytes.Clone(all), make([]byte, 9000)...),
		"without end.tar": append(bytes.Clone(one[:len(one)-1024]), slices.Concat(two, three)...),
	} {
		s := settest.List(t, settest.Store(t, t.TempDir(), name, data), "tar")
		if n := s.Len(dataset.Train) + s.Len(dataset.Test); n != 6 {
			t.Errorf("%s: %d images of 6\n%s", name, n, settest.Notes(s))
		}
		if !strings.Contains(settest.Notes(s), "one after the other; all are read") {
			t.Errorf("%s: %s", name, settest.Notes(s))
		}
		for i := range s.Len(dataset.Train) {
			it := settest.Item(t, s, dataset.Train, i)
			if data, err := s.Read(it); err != nil || !strings.HasSuffix(it.Name, string(data)) {
				t.Errorf("%s: %s holds %q, %v", name, it.Name, data, err)
			}
		}
	}
	samples := slices.Concat(settest.Tar(t, "1.jpg", "1.cls=0"), settest.Tar(t, "2.jpg", "2.cls=1"),
		settest.Tar(t, "3.jpg", "3.cls=1"))
	s := settest.List(t, settest.Store(t, t.TempDir(), "x.tar", samples), "tar")
	if n := s.Len(dataset.Train) + s.Len(dataset.Test); n != 3 {
		t.Errorf("%d samples of 3", n)
	}
}

// TestUnpackingLeavesNothing: neither a temporary file nor an open one is left, also if the set is refused.
func TestUnpackingLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	good := settest.Gzip(t, settest.Tar(t, "a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg"))
	root := t.TempDir()
	settest.Store(t, root, "x-train.tgz", good)
	settest.Store(t, root, "x-val.tgz", settest.Gzip(t, settest.Tar(t, "b/3.jpg")))
	settest.Store(t, root, "x-test.tgz", good)
	s, err := all.Open(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	content := func(name string) string { return name[strings.Index(name, "/")+1:] }
	settest.Wants(t, s, dataset.Train, content, "0 x-train.tgz/a/1.jpg", "0 x-train.tgz/a/2.jpg",
		"1 x-train.tgz/b/1.jpg", "1 x-train.tgz/b/2.jpg")
	settest.Wants(t, s, dataset.Test, content, "0 x-test.tgz/a/1.jpg", "0 x-test.tgz/a/2.jpg", "1 x-test.tgz/b/1.jpg",
		"1 x-test.tgz/b/2.jpg")
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := all.Open(settest.Store(t, t.TempDir(), "x.tgz", good[:50]), dataset.DefaultOptions()); err == nil {
		t.Error("half an archive is read")
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	t.Setenv("TMPDIR", filepath.Join(tmp, "nowhere"))
	if _, err := all.Open(settest.Store(t, t.TempDir(), "x.tgz", good), dataset.DefaultOptions()); err == nil ||
		!strings.Contains(err.Error(), "unpacking") {
		t.Errorf("without room: %v", err)
	}
}

func FuzzTar(f *testing.F) {
	f.Add(settest.Tar(f, "a/1.jpg", "b/1.jpg", "a/2.jpg"))
	f.Add(settest.Gzip(f, settest.Tar(f, "a/1.jpg", "b/1.jpg", "b/2.jpg")))
	f.Add(settest.Tar(f, "1.jpg", "1.cls=0", "2.jpg", "2.json={\"label\": 1, \"class_name\": \"b\"}"))
	f.Add(settest.Tar(f, "a.tar="+string(settest.Tar(f, "1.jpg"))))
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := archive.Tar.Open(settest.Store(t, root, "x.tar", data), dataset.DefaultOptions())
		if err != nil {
			return
		}
		for i := range s.Len(dataset.Train) {
			if it, err := s.At(dataset.Train, i); err != nil {
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
