package list_test

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/list"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

func TestManifestForms(t *testing.T) {
	root := settest.Tree(t, "a/1.png", "a/2.png", "b/1.png", "b/2.png")
	for name, content := range list.SameLists {
		t.Run(name, func(t *testing.T) {
			s := settest.OpenAs(t, "manifest", settest.Write(t, root, name, content),
				func(o *dataset.Options) { o.Val = "train" })
			settest.Equal(t, "classes", s.Classes(), []string{"cat", "hot dog"})
			settest.Equal(t, "train", settest.Names(s, dataset.Train), []string{"0 a/1.png", "1 b/1.png", "1 b/2.png"})
			settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"0 a/2.png"})
			if data, err := s.Read(settest.Item(t, s, dataset.Train, 1)); err != nil || string(data) != "b/1.png" ||
				s.About().Missing != 0 {
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
		"mxnet.lst": {
			"17\t0.000000\tmy cats/1 a.png\n3\t1.000000\tb/1.png\n", "5\t1\tb/2.png\n", "9\t0\tmy cats/2.png",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := settest.Tree(t, "my cats/1 a.png", "my cats/2.png", "b/1.png", "b/2.png")
			settest.Write(t, root, "classes.txt", "cat\nhot_dog\nbird\n\n")
			ext := filepath.Ext(name)
			settest.Write(t, root, "Train"+ext, parts[0])
			settest.Write(t, root, "val"+ext, parts[1])
			settest.Write(t, root, "TEST"+ext, parts[2])
			s := settest.OpenAs(t, "manifest", root, func(o *dataset.Options) { o.Val = "train" })
			settest.Equal(t, "classes", s.Classes(), []string{"cat", "hot dog", "bird"})
			settest.Equal(t, "train", settest.Names(s, dataset.Train),
				[]string{"0 my cats/1 a.png", "1 b/1.png", "1 b/2.png"})
			settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"0 my cats/2.png"})
		})
	}
}

func TestManifestNamesEverything(t *testing.T) {
	odd := []string{"100%.png", "#1.png", "it's \"so\", it is.png", " blank .png", "\u00e9.png", "e\u0301.png"}
	root := settest.Tree(t, odd...)
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.Write([]string{"path", "label", "split", "classname"})
	for i, name := range odd {
		_ = w.Write([]string{
			name, []string{"b", "a"}[i%2], []string{"train", "train", "test"}[i%3],
			[]string{"F-16A/B,\nor \"Viper\"", "T-shirt/top"}[i%2],
		})
	}
	w.Flush()
	s := settest.OpenAs(t, "manifest", settest.Write(t, root, "manifest.csv", text.String()), nil)
	settest.Equal(t, "classes", s.Classes(), []string{"T-shirt/top", "F-16A/B, or \"Viper\""})
	settest.Equal(t, "train", settest.Names(s, dataset.Train),
		[]string{"1 100%.png", "0 #1.png", "0  blank .png", "1 \u00e9.png"})
	settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"1 it's \"so\", it is.png", "0 e\u0301.png"})
	for i := range s.Len(dataset.Train) {
		if data, err := s.Read(settest.Item(t, s, dataset.Train, i)); err != nil ||
			string(data) != settest.Item(t, s, dataset.Train, i).Name {
			t.Errorf("read %q, %v", data, err)
		}
	}
}

func TestManifestPlaces(t *testing.T) {
	images := settest.Tree(t, "far/1.jpg", "far/2.jpg")
	elsewhere := settest.Tree(t, "3.jpg", "4.jpg")
	root := settest.Tree(t, "lists/x")
	list := settest.Write(t, root, "lists/all.csv", "path,label,split\nfar/1.jpg,0,train\nfar/2.jpg,1,test\n"+
		filepath.ToSlash(elsewhere)+"/3.jpg,1,train\n../lists/gone.jpg,1,train\n")
	s := settest.OpenAs(t, "manifest", list, func(o *dataset.Options) { o.Images = images })
	settest.Equal(t, "train", settest.Names(s, dataset.Train),
		[]string{"0 far/1.jpg", "1 " + filepath.ToSlash(elsewhere) + "/3.jpg", "1 ../lists/gone.jpg"})
	if a := s.About(); a.Missing != 1 || !slices.Equal(a.Examples, []string{"../lists/gone.jpg"}) {
		t.Errorf("%+v", a)
	}
	if data, err := s.Read(settest.Item(t, s, dataset.Train, 1)); err != nil || string(data) != "3.jpg" {
		t.Errorf("read %q, %v", data, err)
	}
	if _, err := s.Read(settest.Item(t, s, dataset.Train, 2)); fault.KindOf(err) != fault.Missing {
		t.Errorf("a missing file: %v", err)
	}
	settest.Fails(t, "no folder", list, dataset.Options{TestFraction: 0.2, Images: filepath.Join(root, "none")},
		fault.Missing, "none is no folder")
	settest.Equal(t, "classes without names", s.Classes(), []string{"class 0", "class 1"})
	settest.Noted(t, s, "2 of 2 classes have no name")
}

// Layouts in which lists and images are found.
func TestManifestFolders(t *testing.T) {
	for name, c := range map[string]struct {
		files       map[string]string
		train, test []string
		classes     []string
	}{
		"Kaggle": {
			map[string]string{
				"trainLabels.csv": "id,label\n1,frog\n2,truck\n3,frog\n4,truck\n", "train/1.png": "", "train/2.png": "",
				"train/3.png": "", "train/4.png": "", "test/9.png": "",
			},
			[]string{"0 train/3.png", "1 train/4.png"}, []string{"0 train/1.png", "1 train/2.png"}, []string{
				"frog", "truck",
			},
		},
		"Hugging Face": {
			map[string]string{
				"metadata.csv": "file_name,label\ntrain/1.png,0\ntrain/2.png,1\nvalidation/1.png,1\n",
				"train/1.png":  "", "train/2.png": "", "validation/1.png": "",
			},
			[]string{"0 train/1.png", "1 train/2.png"}, []string{"1 validation/1.png"}, []string{"class 0", "class 1"},
		},
		"Hugging Face, by split": {
			map[string]string{
				"train/metadata.jsonl": `{"file_name":"1.png","label":"a"}` + "\n" +
					`{"file_name":"2.png","label":"b"}`,
				"test/metadata.csv": "file_name,label\nx/1.png,b", "train/1.png": "", "train/2.png": "",
				"test/x/1.png": "",
			},
			[]string{"0 train/1.png", "1 train/2.png"}, []string{"1 test/x/1.png"}, []string{"a", "b"},
		},
		"Caffe": {
			map[string]string{
				"train.txt":              "n01440764/1.JPEG 0\nn01443537/2.JPEG 1\n",
				"val.txt":                "ILSVRC2012_val_00000001.JPEG 1\n",
				"classnames.txt":         "n01440764 tench\nn01443537 goldfish\n",
				"train/n01440764/1.JPEG": "", "train/n01443537/2.JPEG": "", "val/ILSVRC2012_val_00000001.JPEG": "",
			},
			[]string{
				"0 train/n01440764/1.JPEG",
				"1 train/n01443537/2.JPEG",
			}, []string{"1 val/ILSVRC2012_val_00000001.JPEG"},
			[]string{"tench", "goldfish"},
		},
		"images beside": {
			map[string]string{
				"images.csv": "image,sender,label,split\nabc-1,7,Dress,train\n" +
					"abc-2,7,Hat,train\nabc-3,8,Hat,test\n",
				"images/abc-1.jpg": "", "images/abc-2.jpg": "", "images/abc-3.jpg": "",
			},
			[]string{"0 images/abc-1.jpg", "1 images/abc-2.jpg"}, []string{"1 images/abc-3.jpg"}, []string{
				"Dress", "Hat",
			},
		},
		"WordNet labels": {
			map[string]string{
				"labels.csv": "path,label,split\n1.png,n01443537,train\n2.png,n01440764,train\n3.png,n01440764,test\n",
				"1.png":      "", "2.png": "", "3.png": "",
			},
			[]string{"1 1.png", "0 2.png"}, []string{"0 3.png"}, []string{"tench", "goldfish"},
		},
		"the most telling of several": {
			map[string]string{
				"train.csv": "path,label\n1.png,a\n2.png,b\n", "train.txt": "9.png 0\n",
				"test.jsonl": `{"path":"3.png","label":"a"}`, "metadata.csv": "file_name,label\n8.png,x", "1.png": "",
				"2.png": "", "3.png": "",
			},
			[]string{"0 1.png", "1 2.png"}, []string{"0 3.png"}, []string{"a", "b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for f, content := range c.files {
				settest.Write(t, root, f, content)
			}
			s := settest.OpenAs(t, "manifest", root, func(o *dataset.Options) { o.TestFraction = 0.5 })
			settest.Equal(t, "classes", s.Classes(), c.classes)
			if name == "Kaggle" { // a division by seed: one of each class to each side
				if s.Len(dataset.Train) != 2 || s.Len(dataset.Test) != 2 || s.About().Missing != 0 ||
					!strings.HasPrefix(settest.Item(t, s, dataset.Train, 0).Name, "train/") {
					t.Errorf("%q and %q", settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
				}
				return
			}
			settest.Equal(t, "train", settest.Names(s, dataset.Train), c.train)
			settest.Equal(t, "test", settest.Names(s, dataset.Test), c.test)
			if s.About().Missing != 0 {
				t.Errorf("%+v", s.About())
			}
		})
	}
}

// A class called train must not turn into a split.
func TestManifestClassCalledTrain(t *testing.T) {
	root := settest.Tree(t, "train/1.png", "train/2.png", "tractor/1.png", "tractor/2.png")
	s := settest.OpenAs(t, "manifest",
		settest.Write(t, root, "all.csv",
			"path,label\ntrain/1.png,train\ntrain/2.png,train\ntractor/1.png,tractor\ntractor/2.png,tractor\n"), nil)
	if s.Len(dataset.Train) != 2 || s.Len(dataset.Test) != 2 {
		t.Errorf("%q and %q", settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
	}
}

func TestManifestRefusals(t *testing.T) {
	const mebibyte = 1 << 20
	for name, c := range map[string]struct {
		file, content string
		kind          fault.Kind
		say           []string
	}{
		"empty":         {"x.csv", "", fault.Corrupt, []string{"lists no images"}},
		"only comments": {"x.txt", "# nothing\n", fault.Corrupt, []string{"lists no images"}},
		"only a header": {"x.csv", "path,label\n", fault.Corrupt, []string{"lists 0 images"}},
		"no images": {
			"x.csv", "picture,label\nx,1\n", fault.Corrupt,
			[]string{"line 1", "no column of images", "picture, label", "--column"},
		},
		"no labels": {
			"x.csv", "path,breed\nx,1\n", fault.Corrupt, []string{"no column of labels", "path, breed", "--labels"},
		},
		"no labels in objects": {"x.jsonl", `{"path":"x"}`, fault.Corrupt, []string{"1 images, none with a label"}},
		"no images in objects": {"x.jsonl", `{"p":"x"}`, fault.Corrupt, []string{"line 1", "no column of images"}},
		"two labels": {
			"x.csv", "path,label,Label\nx,1,2\n", fault.Corrupt, []string{"two columns are called label"},
		},
		"a row too short": {
			"x.csv", "path,label\n1.png,0\n2.png\n", fault.Corrupt, []string{"line 3", "1 fields"},
		},
		"a comma without quotes": {
			"x.csv", "path,label\n1.png,0\na, b.png,1\n", fault.Corrupt, []string{"line 3", "quote fields"},
		},
		"an open quote": {
			"x.csv", "path,label\n1.png,0\n\"2.png,1\n3.png,1\n", fault.Corrupt, []string{"line 4", `"`},
		},
		"a quote within": {
			"x.csv", "path,label\n1.png,0\n5\" disc.png,1\n", fault.Corrupt, []string{"line 3", `"`},
		},
		"no path": {
			"x.csv", "path,label\n1.png,0\n,1\n", fault.Corrupt, []string{"line 3", "names no image"},
		},
		"no object": {
			"x.jsonl", "{\"path\":\"1.png\",\"label\":0}\n{\"path\"\n", fault.Corrupt,
			[]string{"line 2", "no JSON object"},
		},
		"two objects": {
			"x.jsonl", `{"path":"1.png","label":0} {"path":"1.png","label":0}`, fault.Corrupt,
			[]string{"line 1", "no JSON object"},
		},
		"a list of labels": {
			"x.jsonl", `{"path":"1.png","label":[1,2]}`, fault.Corrupt, []string{"line 1", "label is [1,2]"},
		},
		"text without a table": {"x.txt", "1.png 0\n2.png cat\n", fault.Corrupt, []string{"line 2", "whole number"}},
		"no list":              {"x.txt", "hello\n", fault.Corrupt, []string{"line 1", "no row of a list"}},
		"several labels": {
			"x.lst", "0\t1\ta.png\n1\t1\t2\tb.png\n", fault.Corrupt, []string{"line 2", "4 fields"},
		},
		"split": {
			"x.csv", "path,label,split\n1.png,0,train\n2.png,0,extra\n", fault.Corrupt, []string{"line 3", `"extra"`},
		},
		"negative": {
			"x.csv", "path,label\n1.png,0\n2.png,-3\n", fault.Corrupt, []string{"line 3", "label -3"},
		},
		"huge": {
			"x.csv", "path,label\n1.png,0\n2.png,9223372036854775807\n", fault.Corrupt,
			[]string{"line 3", "label 9223372036854775807"},
		},
		"two names": {
			"x.csv", "path,label,classname\n1.png,0,a\n2.png,0,b\n", fault.Corrupt, []string{"line 3", `"b"`, `"a"`},
		},
		"two names, spelt apart": {
			"x.csv", "path,label,classname\n1.png,0,a\n2.png,0.0,b\n", fault.Corrupt, []string{"line 3", `"b"`, `"a"`},
		},
		"two labels of an image": {
			"x.csv", "path,label,split\n1.png,0,train\n./1.png,1,train\n2.png,0,test\n", fault.Corrupt,
			[]string{"1.png has label 0 in one place and 1"},
		},
		"a break in a name": {
			"x.csv", "path,label\n\"1\n.png\",0\n2.png,1\n", fault.Corrupt, []string{"line break"},
		},
		"UTF-16":    {"x.csv", "\xff\xfep\x00a\x00t\x00h\x00", fault.Corrupt, []string{"UTF-16"}},
		"not UTF-8": {"x.csv", "path,label\n1.png,caf\xe9\n", fault.Corrupt, []string{"line 2", "UTF-8"}},
		"one split": {
			"x.csv", "path,label,split\n1.png,0,train\n2.png,1,train\n", fault.Missing,
			[]string{"0 test images", "--resplit"},
		},
		"some splits": {
			"x.csv", "path,label,split\n1.png,0,train\n2.png,1,\n", fault.Corrupt, []string{"no split"},
		},
		"a line without end": {
			"x.txt", strings.Repeat("x", mebibyte+1), fault.Corrupt, []string{"line 1", "longer than"},
		},
		"a quote without end": {
			"x.csv", "path,label\n\"" + strings.Repeat("x,1\n", 2*mebibyte), fault.Corrupt,
			[]string{"line 2", "longer than"},
		},
		"a line too long": {
			"x.txt", "1.png 0\n" + strings.Repeat("x", mebibyte+1), fault.Corrupt, []string{"line 2", "longer than"},
		},
	} {
		settest.Fails(t, name, settest.Write(t, t.TempDir(), c.file, c.content), dataset.DefaultOptions(), c.kind,
			c.say...)
	}
	o := dataset.DefaultOptions()
	o.Labels = "x"
	settest.Fails(t, "names for columns without any", settest.Write(t, t.TempDir(), "x.txt", "1.png 0\n"), o,
		fault.Usage, "have no names")
	o = dataset.DefaultOptions()
	o.Fold = 2
	settest.Fails(t, "an option of others", settest.Write(t, t.TempDir(), "x.txt", "1.png 0\n"), o, fault.Usage,
		"--fold")
	o = dataset.DefaultOptions()
	o.Format = "manifest"
	settest.Fails(t, "no list", settest.Tree(t, "a/1.png"), o, fault.Missing, "holds no list of images")
	root := settest.Tree(t, "a/1.png")
	settest.Write(t, root, "train.csv", "picture,label\n")
	settest.Fails(t, "why it is none", root, o, fault.Corrupt, "train.csv line 1", "no column of images")
	root = settest.Tree(t, "train/a/1.png", "train/b/1.png", "test/a/1.png")
	for _, f := range []string{"train.csv", "metadata.csv"} { // tables of something else
		settest.Write(t, root, f, "epoch,loss\n1,2\n")
	}
	settest.Write(t, root, "train.txt", "train/a/1.png\n") // Places365 has such lists
	settest.OpenAs(t, "folder", root, nil)
}
