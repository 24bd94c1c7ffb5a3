package list_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

func TestManifestLabels(t *testing.T) {
	root := settest.Tree(t, "1.png", "2.png")
	list := func(rows ...string) string {
		return settest.Write(t, root, "x.csv", "path,label,split\n"+strings.Join(rows, "\n"))
	}
	s := settest.OpenAs(t, "manifest", list("1.png,7,train", "2.png,3,test"), nil) // ids
	settest.Equal(t, "ids", s.Classes(), []string{"class 3", "class 7"})
	settest.Noted(t, s, "labels are taken for ids")
	s = settest.OpenAs(t, "manifest", list("1.png,0,train", "2.png,2,test"), nil) // gaps
	settest.Equal(t, "gaps", s.Classes(), []string{"class 0", "class 1", "class 2"})
	settest.Noted(t, s, "1 of 3 classes have no image, such as that of label 1")
	s = settest.OpenAs(t, "manifest", list("1.png,1,train", "2.png,2,test"), nil) // nobody says how many there are
	settest.Equal(t, "from 1", s.Classes(), []string{"class 1", "class 2"})
	settest.Noted(t, s, "labels are counted from 1, since no image has label 0")
	settest.Write(t, root, names.File, "\ufeff# names\r\ncat\r\nhot dog\r\n")
	s = settest.OpenAs(t, "manifest", list("1.png,1,train", "2.png,2,test"), nil)
	settest.Equal(t, "shifted", append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...),
		[]string{"0 1.png", "1 2.png"})
	settest.Noted(t, s, "labels are counted from 1")
	settest.Equal(t, "classes", s.Classes(), []string{"cat", "hot dog"})
	s = settest.OpenAs(t, "manifest", list("1.png,1,train", "2.png,0,test", "3.png,-1,train", "4.png,,train"), nil)
	settest.Equal(t, "as they are", append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...),
		[]string{"1 1.png", "0 2.png"})
	settest.Noted(t, s, "2 images without a label")
	settest.Fails(t, "too few names", list("1.png,0,train", "2.png,2,test"), dataset.DefaultOptions(), fault.Corrupt,
		"x.csv line 3", "2 classes (0 to 1)")
	settest.Write(t, root, names.File, "cat\n\nhot dog\n")
	settest.Fails(t, "a blank line", list("1.png,0,train", "2.png,1,test"), dataset.DefaultOptions(), fault.Corrupt,
		"line 2 is blank")
	if err := os.Remove(filepath.Join(root, names.File)); err != nil {
		t.Fatal(err)
	}
	s = settest.OpenAs(t, "manifest", list("1.png,747,train", "2.png,DC-10,test"), nil)
	settest.Equal(t, "text beside numbers", s.Classes(), []string{"747", "DC-10"})
	settest.Noted(t, s, `"DC-10" in `)
	breeds := settest.Write(t, root, "x.csv", "path,breed,label,split\n1.png,pug,9,train\n2.png,akita,9,test\n")
	s = settest.OpenAs(t, "manifest", breeds, func(o *dataset.Options) { o.Labels = "breed" })
	settest.Equal(t, "the column that was asked for", s.Classes(), []string{"akita", "pug"})
	images := settest.Write(t, root, "x.csv", "path,alt,label,split\n9.png,1.png,a,train\n9.png,2.png,b,test\n")
	s = settest.OpenAs(t, "manifest", images, func(o *dataset.Options) { o.Column = "alt" })
	settest.Equal(t, "the images that were asked for",
		append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...), []string{"0 1.png", "1 2.png"})
}

func TestNumberedNames(t *testing.T) {
	for text, want := range map[string][]string{
		"0 cat\n1 hot_dog\n":                   {"cat", "hot dog"},
		"1. cat\n2. hot_dog\n":                 {"cat", "hot dog"},
		"0:cat\n1:2 dogs\n":                    {"cat", "2 dogs"},
		"0 cat\n2 dog\n":                       {"0 cat", "2 dog"},
		"0 cat\ndog\n":                         {"0 cat", "dog"},
		"0\n1\n":                               {"0", "1"},
		"1st\n2nd\n":                           {"1st", "2nd"},
		"0 a\n1 b\n2 c\n3 d\n4 e\n5 f\n10 g\n": {"0 a", "1 b", "2 c", "3 d", "4 e", "5 f", "10 g"},
	} {
		root := settest.Tree(t, "1.png", "2.png")
		settest.Write(t, root, "classes.txt", text)
		s := settest.OpenAs(t, "manifest",
			settest.Write(t, root, "x.csv", "path,label,split\n1.png,0,train\n2.png,1,test\n"), nil)
		settest.Equal(t, text, s.Classes(), want)
	}
}
