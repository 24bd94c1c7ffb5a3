package dataset

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/fault"
)

// writeIn writes a file below root.
func writeIn(t *testing.T, root, name, content string) string {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func openAs(t *testing.T, format, root string, change func(*Options)) Source {
	t.Helper()
	o := DefaultOptions()
	if change != nil {
		change(&o)
	}
	return openWith(t, root, format, o)
}

func expectRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func noted(t *testing.T, s Source, text string) {
	t.Helper()
	if !slices.ContainsFunc(s.About().Notes, func(n string) bool { return strings.Contains(n, text) }) {
		t.Errorf("no note says %q: %q", text, s.About().Notes)
	}
}

func fails(t *testing.T, what, root string, o Options, kind fault.Kind, say ...string) {
	t.Helper()
	s, err := Open(root, o)
	if err == nil {
		_ = s.Close()
		t.Errorf("%s: no error, but %s with %q, notes %q", what, s.About().Format, s.Classes(), s.About().Notes)
		return
	}
	for _, text := range say {
		if fault.KindOf(err) != kind || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: kind %d, %v; want kind %d and %q", what, fault.KindOf(err), err, kind, text)
		}
	}
}

// The forms that say the same: two images of each of two classes.
var sameLists = map[string]string{
	"list.csv":    "path,label,split\na/1.png,cat,train\na/2.png,cat,test\nb/1.png,hot dog,train\nb/2.png,hot dog,val\n",
	"bom.csv":     "\ufeffpath,label,split\r\na/1.png,cat,train\r\na/2.png,cat,test\r\n\r\nb/1.png,hot dog,train\r\nb/2.png,hot dog,val\r\n",
	"quotes.csv":  "# made by hand\n\n\"file_name\",\"Class\",\"subset\"\n\"a/1.png\",\"cat\",\"Train\"\na/2.png,cat,testing\n# the rest\nb/1.png,\"hot_dog\",training\nb/2.png,hot_dog,valid",
	"other.csv":   "client,split,target,,image\n3,train, cat ,x,a/1.png\n3,test,cat,x,a/2.png\n4,train,hot dog,,b/1.png\n4,dev,hot dog,,./b//2.png\n",
	"excel.csv":   "path;label;split\na/1.png;cat;train\na/2.png;cat;test\nb/1.png;hot dog;train\nb/2.png;hot dog;val\n",
	"sep.csv":     "\ufeffsep=;\r\nPath;Label;Split\r\na/1.png;cat;train\r\na/2.png;cat;test\r\nb/1.png;hot dog;train\r\nb/2.png;hot dog;val\r\n",
	"septab.csv":  "sep=\t\npath\tlabel, text\tlabel\tsplit\na/1.png\tx\tcat\ttrain\na/2.png\tx\tcat\ttest\nb/1.png\tx\thot dog\ttrain\nb/2.png\tx, y\thot dog\tval\n",
	"mixed.csv":   "path;label, text;label;split\na/1.png;x;cat;train\na/2.png;x;cat;test\nb/1.png;x, y;hot dog;train\nb/2.png;x;hot dog;val\n",
	"list.tsv":    "filepath\tcategory\tsplit\na/1.png\tcat\ttrain\na/2.png\tcat\ttest\nb/1.png\thot dog\ttrain\nb/2.png\thot dog\tval\n",
	"table.txt":   "img_path\tlabel\tsplit\na/1.png\tcat\ttrain\na/2.png\tcat\ttest\nb/1.png\thot dog\ttrain\nb/2.png\thot dog\tval\n",
	"list.jsonl":  "{\"path\":\"a/1.png\",\"label\":\"cat\",\"split\":\"train\",\"boxes\":[[1]]}\n\n{\"split\":\"test\",\"label\":\"cat\",\"path\":\"a/2.png\"}\n{\"path\":\"b/1.png\",\"label\":\"hot dog\",\"split\":\"train\"}\n{\"path\":\"b\\/2.png\",\"label\":\"hot dog\",\"split\":\"val\"}",
	"numbers.csv": "path,label,classname,split\na/1.png,0,cat,train\na/2.png,0.0,cat,test\nb/1.png,1,hot dog,train\nb/2.png,1,,val\n",
	"from1.csv":   "path,label_id,class_name,split\na/1.png,1,cat,train\na/2.png,1,cat,test\nb/1.png,2,hot dog,train\nb/2.png,2,hot dog,val\n",
	"ids.csv":     "id,label,split\na/1,cat,train\na/2,cat,test\nb/1,hot dog,train\nb/2,hot dog,val\n",
	"windows.csv": "path,label,split\na\\1.png,cat,train\na\\2.png,cat,test\nb\\1.png,hot dog,train\nb\\2.png,hot dog,val\n",
	"rooted.csv":  "path,label,split\n/a/1.png,cat,train\n/a/2.png,cat,test\n/b/1.png,hot dog,train\n/b/2.png,hot dog,val\n",
}

func TestManifestForms(t *testing.T) {
	root := tree(t, "a/1.png", "a/2.png", "b/1.png", "b/2.png")
	for name, content := range sameLists {
		t.Run(name, func(t *testing.T) {
			s := openAs(t, "manifest", writeIn(t, root, name, content), func(o *Options) { o.Val = "train" })
			expectRows(t, "classes", s.Classes(), []string{"cat", "hot dog"})
			expectRows(t, "train", names(s, Train), []string{"0 a/1.png", "1 b/1.png", "1 b/2.png"})
			expectRows(t, "test", names(s, Test), []string{"0 a/2.png"})
			if data, err := s.Read(item(t, s, Train, 1)); err != nil || string(data) != "b/1.png" || s.About().Missing != 0 {
				t.Errorf("read %q, %v; %d missing", data, err, s.About().Missing)
			}
		})
	}
}

// Lists without a header, one a split.
func TestManifestLists(t *testing.T) {
	for name, parts := range map[string][3]string{
		"blank.txt": {"my cats/1 a.png 0\nb/1.png\t1\n# remark\n\n", "b/2.png  1\n", "my cats/2.png 0.0"},
		"comma.csv": {"my cats/1 a.png,0\nb/1.png,1\n", "b/2.png,1\n", "my cats/2.png, 0"},
		"comma.txt": {"my cats/1 a.png,0\r\nb/1.png,1\r\n", "b/2.png,1\n", "my cats/2.png,0"},
		"tab.tsv":   {"my cats/1 a.png\t0\nb/1.png\t1\n", "b/2.png\t1\n", "my cats/2.png\t0"},
		"mxnet.lst": {"17\t0.000000\tmy cats/1 a.png\n3\t1.000000\tb/1.png\n", "5\t1\tb/2.png\n", "9\t0\tmy cats/2.png"},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, "my cats/1 a.png", "my cats/2.png", "b/1.png", "b/2.png")
			writeIn(t, root, "classes.txt", "cat\nhot_dog\nbird\n\n")
			ext := filepath.Ext(name)
			writeIn(t, root, "Train"+ext, parts[0])
			writeIn(t, root, "val"+ext, parts[1])
			writeIn(t, root, "TEST"+ext, parts[2])
			s := openAs(t, "manifest", root, func(o *Options) { o.Val = "train" })
			expectRows(t, "classes", s.Classes(), []string{"cat", "hot dog", "bird"})
			expectRows(t, "train", names(s, Train), []string{"0 my cats/1 a.png", "1 b/1.png", "1 b/2.png"})
			expectRows(t, "test", names(s, Test), []string{"0 my cats/2.png"})
		})
	}
}

func TestManifestNamesEverything(t *testing.T) {
	odd := []string{"100%.png", "#1.png", "it's \"so\", it is.png", " blank .png", "\u00e9.png", "e\u0301.png"}
	root := tree(t, odd...)
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.Write([]string{"path", "label", "split", "classname"})
	for i, name := range odd {
		_ = w.Write([]string{name, []string{"b", "a"}[i%2], []string{"train", "train", "test"}[i%3], []string{"F-16A/B,\nor \"Viper\"", "T-shirt/top"}[i%2]})
	}
	w.Flush()
	s := openAs(t, "manifest", writeIn(t, root, "manifest.csv", text.String()), nil)
	expectRows(t, "classes", s.Classes(), []string{"T-shirt/top", "F-16A/B, or \"Viper\""})
	expectRows(t, "train", names(s, Train), []string{"1 100%.png", "0 #1.png", "0  blank .png", "1 \u00e9.png"})
	expectRows(t, "test", names(s, Test), []string{"1 it's \"so\", it is.png", "0 e\u0301.png"})
	for i := range s.Len(Train) {
		if data, err := s.Read(item(t, s, Train, i)); err != nil || string(data) != item(t, s, Train, i).Name {
			t.Errorf("read %q, %v", data, err)
		}
	}
}

func TestManifestPlaces(t *testing.T) {
	images := tree(t, "far/1.jpg", "far/2.jpg")
	elsewhere := tree(t, "3.jpg", "4.jpg")
	root := tree(t, "lists/x")
	list := writeIn(t, root, "lists/all.csv", "path,label,split\nfar/1.jpg,0,train\nfar/2.jpg,1,test\n"+filepath.ToSlash(elsewhere)+"/3.jpg,1,train\n../lists/gone.jpg,1,train\n")
	s := openAs(t, "manifest", list, func(o *Options) { o.Images = images })
	expectRows(t, "train", names(s, Train), []string{"0 far/1.jpg", "1 " + filepath.ToSlash(elsewhere) + "/3.jpg", "1 ../lists/gone.jpg"})
	if a := s.About(); a.Missing != 1 || !slices.Equal(a.Examples, []string{"../lists/gone.jpg"}) {
		t.Errorf("%+v", a)
	}
	if data, err := s.Read(item(t, s, Train, 1)); err != nil || string(data) != "3.jpg" {
		t.Errorf("read %q, %v", data, err)
	}
	if _, err := s.Read(item(t, s, Train, 2)); fault.KindOf(err) != fault.Missing {
		t.Errorf("a missing file: %v", err)
	}
	fails(t, "no folder", list, Options{TestFraction: 0.2, Images: filepath.Join(root, "none")}, fault.Missing, "none is no folder")
	expectRows(t, "classes without names", s.Classes(), []string{"class 0", "class 1"})
	noted(t, s, "2 of 2 classes have no name")
}

// Layouts in which lists and images are found.
func TestManifestFolders(t *testing.T) {
	for name, c := range map[string]struct {
		files       map[string]string
		train, test []string
		classes     []string
	}{
		"Kaggle": {
			map[string]string{"trainLabels.csv": "id,label\n1,frog\n2,truck\n3,frog\n4,truck\n", "train/1.png": "", "train/2.png": "", "train/3.png": "", "train/4.png": "", "test/9.png": ""},
			[]string{"0 train/3.png", "1 train/4.png"}, []string{"0 train/1.png", "1 train/2.png"}, []string{"frog", "truck"},
		},
		"Hugging Face": {
			map[string]string{"metadata.csv": "file_name,label\ntrain/1.png,0\ntrain/2.png,1\nvalidation/1.png,1\n", "train/1.png": "", "train/2.png": "", "validation/1.png": ""},
			[]string{"0 train/1.png", "1 train/2.png"}, []string{"1 validation/1.png"}, []string{"class 0", "class 1"},
		},
		"Hugging Face, by split": {
			map[string]string{"train/metadata.jsonl": `{"file_name":"1.png","label":"a"}` + "\n" + `{"file_name":"2.png","label":"b"}`, "test/metadata.csv": "file_name,label\nx/1.png,b", "train/1.png": "", "train/2.png": "", "test/x/1.png": ""},
			[]string{"0 train/1.png", "1 train/2.png"}, []string{"1 test/x/1.png"}, []string{"a", "b"},
		},
		"Caffe": {
			map[string]string{"train.txt": "n01440764/1.JPEG 0\nn01443537/2.JPEG 1\n", "val.txt": "ILSVRC2012_val_00000001.JPEG 1\n", "classnames.txt": "n01440764 tench\nn01443537 goldfish\n",
				"train/n01440764/1.JPEG": "", "train/n01443537/2.JPEG": "", "val/ILSVRC2012_val_00000001.JPEG": ""},
			[]string{"0 train/n01440764/1.JPEG", "1 train/n01443537/2.JPEG"}, []string{"1 val/ILSVRC2012_val_00000001.JPEG"}, []string{"tench", "goldfish"},
		},
		"images beside": {
			map[string]string{"images.csv": "image,sender,label,split\nabc-1,7,Dress,train\nabc-2,7,Hat,train\nabc-3,8,Hat,test\n", "images/abc-1.jpg": "", "images/abc-2.jpg": "", "images/abc-3.jpg": ""},
			[]string{"0 images/abc-1.jpg", "1 images/abc-2.jpg"}, []string{"1 images/abc-3.jpg"}, []string{"Dress", "Hat"},
		},
		"WordNet labels": {
			map[string]string{"labels.csv": "path,label,split\n1.png,n01443537,train\n2.png,n01440764,train\n3.png,n01440764,test\n", "1.png": "", "2.png": "", "3.png": ""},
			[]string{"1 1.png", "0 2.png"}, []string{"0 3.png"}, []string{"tench", "goldfish"},
		},
		"the most telling of several": {
			map[string]string{"train.csv": "path,label\n1.png,a\n2.png,b\n", "train.txt": "9.png 0\n", "test.jsonl": `{"path":"3.png","label":"a"}`, "metadata.csv": "file_name,label\n8.png,x", "1.png": "", "2.png": "", "3.png": ""},
			[]string{"0 1.png", "1 2.png"}, []string{"0 3.png"}, []string{"a", "b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for f, content := range c.files {
				writeIn(t, root, f, content)
			}
			s := openAs(t, "manifest", root, func(o *Options) { o.TestFraction = 0.5 })
			expectRows(t, "classes", s.Classes(), c.classes)
			if name == "Kaggle" { // a division by seed: one of each class to each side
				if s.Len(Train) != 2 || s.Len(Test) != 2 || s.About().Missing != 0 || !strings.HasPrefix(item(t, s, Train, 0).Name, "train/") {
					t.Errorf("%q and %q", names(s, Train), names(s, Test))
				}
				return
			}
			expectRows(t, "train", names(s, Train), c.train)
			expectRows(t, "test", names(s, Test), c.test)
			if s.About().Missing != 0 {
				t.Errorf("%+v", s.About())
			}
		})
	}
}

// A class called train must not turn into a split.
func TestManifestClassCalledTrain(t *testing.T) {
	root := tree(t, "train/1.png", "train/2.png", "tractor/1.png", "tractor/2.png")
	s := openAs(t, "manifest", writeIn(t, root, "all.csv", "path,label\ntrain/1.png,train\ntrain/2.png,train\ntractor/1.png,tractor\ntractor/2.png,tractor\n"), nil)
	if s.Len(Train) != 2 || s.Len(Test) != 2 {
		t.Errorf("%q and %q", names(s, Train), names(s, Test))
	}
}

func TestManifestLabels(t *testing.T) {
	root := tree(t, "1.png", "2.png")
	list := func(rows ...string) string {
		return writeIn(t, root, "x.csv", "path,label,split\n"+strings.Join(rows, "\n"))
	}
	s := openAs(t, "manifest", list("1.png,7,train", "2.png,3,test"), nil) // gaps
	if got := s.Classes(); len(got) != 8 || got[7] != "class 7" {
		t.Errorf("classes %q", got)
	}
	s = openAs(t, "manifest", list("1.png,1,train", "2.png,2,test"), nil) // nobody says how many there are
	if len(s.Classes()) != 3 {
		t.Errorf("classes %q", s.Classes())
	}
	noted(t, s, "no image has label 0")
	writeIn(t, root, NamesFile, "\ufeff# names\r\ncat\r\nhot dog\r\n")
	s = openAs(t, "manifest", list("1.png,1,train", "2.png,2,test"), nil)
	expectRows(t, "shifted", append(names(s, Train), names(s, Test)...), []string{"0 1.png", "1 2.png"})
	noted(t, s, "labels are counted from 1")
	expectRows(t, "classes", s.Classes(), []string{"cat", "hot dog"})
	s = openAs(t, "manifest", list("1.png,1,train", "2.png,0,test", "3.png,-1,train", "4.png,,train"), nil)
	expectRows(t, "as they are", append(names(s, Train), names(s, Test)...), []string{"1 1.png", "0 2.png"})
	noted(t, s, "2 images without a label")
	fails(t, "too few names", list("1.png,0,train", "2.png,2,test"), DefaultOptions(), fault.Corrupt, "x.csv line 3", "names 2 classes")
	writeIn(t, root, NamesFile, "cat\n\nhot dog\n")
	fails(t, "a blank line", list("1.png,0,train", "2.png,1,test"), DefaultOptions(), fault.Corrupt, "line 2 is blank")
	if err := os.Remove(filepath.Join(root, NamesFile)); err != nil {
		t.Fatal(err)
	}
	s = openAs(t, "manifest", list("1.png,747,train", "2.png,DC-10,test"), nil)
	expectRows(t, "text beside numbers", s.Classes(), []string{"747", "DC-10"})
	noted(t, s, `"DC-10" in `)
	s = openAs(t, "manifest", writeIn(t, root, "x.csv", "path,breed,label,split\n1.png,pug,9,train\n2.png,akita,9,test\n"), func(o *Options) { o.Labels = "breed" })
	expectRows(t, "the column that was asked for", s.Classes(), []string{"akita", "pug"})
	s = openAs(t, "manifest", writeIn(t, root, "x.csv", "path,alt,label,split\n9.png,1.png,a,train\n9.png,2.png,b,test\n"), func(o *Options) { o.Column = "alt" })
	expectRows(t, "the images that were asked for", append(names(s, Train), names(s, Test)...), []string{"0 1.png", "1 2.png"})
}

func TestManifestRefusals(t *testing.T) {
	const mebibyte = 1 << 20
	for name, c := range map[string]struct {
		file, content string
		kind          fault.Kind
		say           []string
	}{
		"empty":                  {"x.csv", "", fault.Corrupt, []string{"lists no images"}},
		"only comments":          {"x.txt", "# nothing\n", fault.Corrupt, []string{"lists no images"}},
		"only a header":          {"x.csv", "path,label\n", fault.Corrupt, []string{"lists 0 images"}},
		"no images":              {"x.csv", "picture,label\nx,1\n", fault.Corrupt, []string{"line 1", "no column of images", "picture, label", "--column"}},
		"no labels":              {"x.csv", "path,breed\nx,1\n", fault.Corrupt, []string{"no column of labels", "path, breed", "--labels"}},
		"no labels in objects":   {"x.jsonl", `{"path":"x"}`, fault.Corrupt, []string{"1 images, none with a label"}},
		"no images in objects":   {"x.jsonl", `{"p":"x"}`, fault.Corrupt, []string{"line 1", "no column of images"}},
		"two labels":             {"x.csv", "path,label,Label\nx,1,2\n", fault.Corrupt, []string{"two columns are called label"}},
		"a row too short":        {"x.csv", "path,label\n1.png,0\n2.png\n", fault.Corrupt, []string{"line 3", "1 fields"}},
		"a comma without quotes": {"x.csv", "path,label\n1.png,0\na, b.png,1\n", fault.Corrupt, []string{"line 3", "quote fields"}},
		"an open quote":          {"x.csv", "path,label\n1.png,0\n\"2.png,1\n3.png,1\n", fault.Corrupt, []string{"line 4", `"`}},
		"a quote within":         {"x.csv", "path,label\n1.png,0\n5\" disc.png,1\n", fault.Corrupt, []string{"line 3", `"`}},
		"no path":                {"x.csv", "path,label\n1.png,0\n,1\n", fault.Corrupt, []string{"line 3", "names no image"}},
		"no object":              {"x.jsonl", "{\"path\":\"1.png\",\"label\":0}\n{\"path\"\n", fault.Corrupt, []string{"line 2", "no JSON object"}},
		"two objects":            {"x.jsonl", `{"path":"1.png","label":0} {"path":"1.png","label":0}`, fault.Corrupt, []string{"line 1", "no JSON object"}},
		"a list of labels":       {"x.jsonl", `{"path":"1.png","label":[1,2]}`, fault.Corrupt, []string{"line 1", "label is [1,2]"}},
		"text without a table":   {"x.txt", "1.png 0\n2.png cat\n", fault.Corrupt, []string{"line 2", "whole number"}},
		"no list":                {"x.txt", "hello\n", fault.Corrupt, []string{"line 1", "no row of a list"}},
		"several labels":         {"x.lst", "0\t1\ta.png\n1\t1\t2\tb.png\n", fault.Corrupt, []string{"line 2", "4 fields"}},
		"split":                  {"x.csv", "path,label,split\n1.png,0,train\n2.png,0,extra\n", fault.Corrupt, []string{"line 3", `"extra"`}},
		"negative":               {"x.csv", "path,label\n1.png,0\n2.png,-3\n", fault.Corrupt, []string{"line 3", "label -3"}},
		"huge":                   {"x.csv", "path,label\n1.png,0\n2.png,4000000000\n", fault.Corrupt, []string{"line 3", "label 4000000000"}},
		"two names":              {"x.csv", "path,label,classname\n1.png,0,a\n2.png,0,b\n", fault.Corrupt, []string{"line 3", `"b"`, `"a"`}},
		"two names, spelt apart": {"x.csv", "path,label,classname\n1.png,0,a\n2.png,0.0,b\n", fault.Corrupt, []string{"line 3", `"b"`, `"a"`}},
		"two labels of an image": {"x.csv", "path,label,split\n1.png,0,train\n./1.png,1,train\n2.png,0,test\n", fault.Corrupt, []string{"1.png has label 0 in one place and 1"}},
		"a break in a name":      {"x.csv", "path,label\n\"1\n.png\",0\n2.png,1\n", fault.Corrupt, []string{"line break"}},
		"UTF-16":                 {"x.csv", "\xff\xfep\x00a\x00t\x00h\x00", fault.Corrupt, []string{"UTF-16"}},
		"not UTF-8":              {"x.csv", "path,label\n1.png,caf\xe9\n", fault.Corrupt, []string{"line 2", "UTF-8"}},
		"one split":              {"x.csv", "path,label,split\n1.png,0,train\n2.png,1,train\n", fault.Missing, []string{"0 test images", "--resplit"}},
		"some splits":            {"x.csv", "path,label,split\n1.png,0,train\n2.png,1,\n", fault.Corrupt, []string{"no split"}},
		"a line without end":     {"x.txt", strings.Repeat("x", mebibyte+1), fault.Corrupt, []string{"line 1", "longer than"}},
		"a quote without end":    {"x.csv", "path,label\n\"" + strings.Repeat("x,1\n", 2*mebibyte), fault.Corrupt, []string{"line 2", "longer than"}},
		"a line too long":        {"x.txt", "1.png 0\n" + strings.Repeat("x", mebibyte+1), fault.Corrupt, []string{"line 2", "longer than"}},
	} {
		fails(t, name, writeIn(t, t.TempDir(), c.file, c.content), DefaultOptions(), c.kind, c.say...)
	}
	o := DefaultOptions()
	o.Labels = "x"
	fails(t, "names for columns without any", writeIn(t, t.TempDir(), "x.txt", "1.png 0\n"), o, fault.Usage, "have no names")
	o = DefaultOptions()
	o.Fold = 2
	fails(t, "an option of others", writeIn(t, t.TempDir(), "x.txt", "1.png 0\n"), o, fault.Usage, "--fold")
	o = DefaultOptions()
	o.Format = "manifest"
	fails(t, "no list", tree(t, "a/1.png"), o, fault.Missing, "holds no list of images")
	root := tree(t, "a/1.png")
	writeIn(t, root, "train.csv", "picture,label\n")
	fails(t, "why it is none", root, o, fault.Corrupt, "train.csv line 1", "no column of images")
	root = tree(t, "train/a/1.png", "train/b/1.png", "test/a/1.png")
	for _, f := range []string{"train.csv", "metadata.csv"} { // tables of something else
		writeIn(t, root, f, "epoch,loss\n1,2\n")
	}
	writeIn(t, root, "train.txt", "train/a/1.png\n") // Places365 has such lists
	openAs(t, "folder", root, nil)
}

// listOf writes a set as a list: path, label, class name and split by turns.
func listOf(t *testing.T, s Source, row func(it Item, split Split)) {
	t.Helper()
	for _, split := range []Split{Train, Test} {
		for i := range s.Len(split) {
			row(item(t, s, split, i), split)
		}
	}
}

// TestManifestsAgreeWithFolders writes lists of a real tree of class folders: they give the same rows.
func TestManifestsAgreeWithFolders(t *testing.T) {
	root := fixture.Path(t, "data/cifar100-sample")
	want := folderOfTree(t, root)
	defer want.Close()
	dir := t.TempDir()
	var object, array bytes.Buffer
	tables := map[string]*bytes.Buffer{"all.csv": {}, "all.tsv": {}, "text.csv": {}}
	headerless := map[Split]*bytes.Buffer{Train: {}, Test: {}}
	entries := map[Split][][]any{}
	fmt.Fprintln(tables["all.csv"], "path,label,classname,split")
	fmt.Fprintln(tables["all.tsv"], "split\timage\ttarget\tclass_name")
	fmt.Fprintln(tables["text.csv"], "filename,class,split")
	listOf(t, want, func(it Item, split Split) {
		class := want.Classes()[it.Label]
		fmt.Fprintf(tables["all.csv"], "%s,%d,%s,%s\n", it.Name, it.Label, class, split)
		fmt.Fprintf(tables["all.tsv"], "%s\t%s\t%d.0\t%s\n", split, it.Name, it.Label+1, class)
		fmt.Fprintf(tables["text.csv"], "%s,%s,%s\n", it.Name, strings.ReplaceAll(class, " ", "_"), split)
		fmt.Fprintf(headerless[split], "%s %d\n", it.Name, it.Label)
		line, _ := json.Marshal(map[string]any{"path": it.Name, "label": it.Label, "classname": class, "split": split})
		object.Write(append(line, '\n'))
		entries[split] = append(entries[split], []any{it.Name, it.Label, strings.ReplaceAll(class, " ", "_")})
	})
	if err := json.NewEncoder(&array).Encode(entries); err != nil {
		t.Fatal(err)
	}
	lists := []string{writeIn(t, dir, "all.jsonl", object.String()), writeIn(t, dir, "split_zhou_CIFAR100.json", array.String())}
	for name, text := range tables {
		lists = append(lists, writeIn(t, dir, name, text.String()))
	}
	two := filepath.Join(dir, "headerless")
	writeIn(t, two, "train.txt", headerless[Train].String())
	writeIn(t, two, "test.txt", headerless[Test].String())
	writeIn(t, two, "classes.txt", strings.Join(want.Classes(), "\n"))
	for _, list := range append(lists, two) {
		o := DefaultOptions()
		o.Images = root
		got, err := Open(list, o)
		if err != nil {
			t.Fatal(err)
		}
		equal := slices.Equal(got.Classes(), want.Classes()) && slices.Equal(names(got, Train), names(want, Train)) && slices.Equal(names(got, Test), names(want, Test))
		if a := got.About(); !equal || a.Missing != 0 || got.Len(Train) != 2000 || got.Len(Test) != 1000 {
			t.Errorf("%s (%s): %d and %d images, equal %v, %+v", filepath.Base(list), a.Format, got.Len(Train), got.Len(Test), equal, a)
		}
		for _, split := range []Split{Train, Test} {
			for i := 0; i < want.Len(split); i += 97 {
				a, errA := got.Read(item(t, got, split, i))
				b, errB := want.Read(item(t, want, split, i))
				if errA != nil || errB != nil || !bytes.Equal(a, b) {
					t.Errorf("%s: image %d of %s differs: %v, %v", list, i, split, errA, errB)
				}
			}
		}
		_ = got.Close()
	}
}

// TestManifestOfWholePaths lists a real tree by whole paths.
func TestManifestOfWholePaths(t *testing.T) {
	root := fixture.Path(t, "data/photos")
	want := folderOfTree(t, root)
	defer want.Close()
	text := bytes.NewBufferString("impath,label,split\n")
	listOf(t, want, func(it Item, split Split) {
		fmt.Fprintf(text, "%s/%s,%s,%s\n", filepath.ToSlash(root), it.Name, filepath.Base(filepath.Dir(it.Name)), split)
	})
	got := openAs(t, "manifest", writeIn(t, t.TempDir(), "manifest.csv", text.String()), nil)
	expectRows(t, "classes", got.Classes(), want.Classes())
	for _, split := range []Split{Train, Test} {
		expectRows(t, string(split), names(got, split), prefixEach(names(want, split), filepath.ToSlash(root)+"/"))
	}
	a, errA := got.Read(item(t, got, Test, 0))
	b, errB := want.Read(item(t, want, Test, 0))
	if errA != nil || errB != nil || !bytes.Equal(a, b) || got.About().Missing != 0 {
		t.Errorf("%v, %v, %+v", errA, errB, got.About())
	}
}

func prefixEach(rows []string, prefix string) []string {
	for i, r := range rows {
		label, name, _ := strings.Cut(r, " ")
		rows[i] = label + " " + prefix + name
	}
	return rows
}
