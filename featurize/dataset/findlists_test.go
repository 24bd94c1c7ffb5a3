package dataset

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Legends and other tables that lie beside class folders, under the names of lists.
func TestTablesBesideFolders(t *testing.T) {
	for name, c := range map[string]struct{ file, content, doubt string }{
		"a legend":        {"labels.txt", "cat 0\ndog 1\n", "the images that it names are not there"},
		"a legend's rows": {"labels.csv", "id,label\n0,cat\n1,dog\n", "the images that it names are not there"},
		"folders":         {"labels.csv", "id,label\ncat,0\ndog,1\n", "the images that it names are not there"},
		"names":           {"labels.csv", "id,name\n0,cat\n1,dog\n", "no column of labels"},
		"sizes":           {"images.csv", "file,width,height\ncat/1.jpg,32,32\n", "no column of labels"},
	} {
		root := tree(t, "cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/2.jpg")
		writeIn(t, root, c.file, c.content)
		s := openAs(t, "folder", root, nil)
		expectRows(t, name, s.Classes(), []string{"cat", "dog"})
		noted(t, s, c.file+" is not taken for a list of the images: ")
		noted(t, s, c.doubt)
		noted(t, s, "--format manifest")
	}
	root := tree(t, "cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/2.jpg")
	writeIn(t, root, "labels.csv", "file,label\ncat/1.jpg,0\ngone.jpg,1\n")
	fails(t, "a list that cannot be divided", root, DefaultOptions(), fault.Missing, "--format folder")
	writeIn(t, root, "labels.csv", "id,label\n0,cat\n1,dog\n2,cat\n3,dog\n")
	s := openAs(t, "manifest", root, func(o *Options) { o.Format, o.Resplit = "manifest", true; o.TestFraction = 0.5 })
	noted(t, s, "--images names their folder")
}

// Options tell which column is which, also where the list is only found.
func TestListsByOptions(t *testing.T) {
	root := tree(t, "train/1.jpg", "train/2.jpg", "train/3.jpg", "train/4.jpg", "test/9.jpg")
	writeIn(t, root, "labels.csv", "id,breed\n1,pug\n2,boxer\n3,pug\n4,boxer\n")
	s := openAs(t, "manifest", root, func(o *Options) { o.Labels = "breed" })
	expectRows(t, "classes", s.Classes(), []string{"boxer", "pug"})
	if s.About().Missing != 0 || !strings.HasPrefix(item(t, s, Train, 0).Name, "train/") {
		t.Errorf("%q, %+v", names(s, Train), s.About())
	}
	fails(t, "without", root, DefaultOptions(), fault.Missing, "no class folders", "labels.csv", "--labels")
	o := DefaultOptions()
	o.Labels = "other"
	root = tree(t, "cat/1.jpg", "dog/2.jpg")
	table := writeIn(t, root, "mine.csv", "path,label\ncat/1.jpg,0\ndog/2.jpg,1\n")
	fails(t, "an option of lists", root, o, fault.Usage, "--labels means nothing", table, "--format manifest")
	o.Format, o.Labels = "folder", "label"
	writeIn(t, root, "labels.csv", "path,label\ncat/1.jpg,0\ndog/2.jpg,1\n")
	fails(t, "the format", root, o, fault.Usage, "--labels means nothing", "--format manifest reads the list labels.csv")
}

// Lists whose images lie in a folder that the list does not name.
func TestImagesOfLists(t *testing.T) {
	for name, c := range map[string]struct{ list, content, images string }{
		"GTSRB":   {"Train.csv", "Width,ClassId,Path\n9,0,Train/0/1.png\n9,1,Train/1/2.png\n9,0,Train/0/3.png\n9,1,Train/1/4.png\n", "Train/0/1.png Train/1/2.png Train/0/3.png Train/1/4.png"},
		"cassava": {"train.csv", "image_id,label\n1.jpg,0\n2.jpg,1\n3.jpg,0\n4.jpg,1\n", "train_images/1.jpg train_images/2.jpg train_images/3.jpg train_images/4.jpg"},
		"breeds":  {"labels.csv", "id,label\n1,a\n2,b\n3,a\n4,b\n", "train/1.jpg train/2.jpg train/3.jpg train/4.jpg"},
		"twice":   {"train.csv", "id,label\n1,a\n2,b\n3,a\n4,b\n", "train/train/1.jpg train/train/2.jpg train/train/3.jpg train/train/4.jpg"},
	} {
		root := tree(t, strings.Fields(c.images)...)
		writeIn(t, root, c.list, c.content)
		s := openAs(t, "manifest", root, func(o *Options) { o.Resplit = true })
		if s.About().Missing != 0 || s.Len(Train)+s.Len(Test) != 4 || len(s.Classes()) != 2 {
			t.Errorf("%s: %d and %d images of %q, %+v", name, s.Len(Train), s.Len(Test), s.Classes(), s.About())
		}
	}
}
