package list_test

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Options tell which column is which, also where the list is only found.
func TestListsByOptions(t *testing.T) {
	root := settest.Tree(t, "train/1.jpg", "train/2.jpg", "train/3.jpg", "train/4.jpg", "test/9.jpg")
	settest.Write(t, root, "labels.csv", "id,breed\n1,pug\n2,boxer\n3,pug\n4,boxer\n")
	s := settest.OpenAs(t, "manifest", root, func(o *dataset.Options) { o.Labels = "breed" })
	settest.Equal(t, "classes", s.Classes(), []string{"boxer", "pug"})
	if s.About().Missing != 0 || !strings.HasPrefix(settest.Item(t, s, dataset.Train, 0).Name, "train/") {
		t.Errorf("%q, %+v", settest.Names(s, dataset.Train), s.About())
	}
	settest.Fails(t, "without", root, dataset.DefaultOptions(), fault.Missing, "no class folders", "labels.csv",
		"--labels")
	o := dataset.DefaultOptions()
	o.Labels = "other"
	root = settest.Tree(t, "cat/1.jpg", "dog/2.jpg")
	table := settest.Write(t, root, "mine.csv", "path,label\ncat/1.jpg,0\ndog/2.jpg,1\n")
	settest.Fails(t, "an option of lists", root, o, fault.Usage, "--labels means nothing", table, "--format manifest")
	o.Format, o.Labels = "folder", "label"
	settest.Write(t, root, "labels.csv", "path,label\ncat/1.jpg,0\ndog/2.jpg,1\n")
	settest.Fails(t, "the format", root, o, fault.Usage, "--labels means nothing",
		"--format manifest reads the list labels.csv")
}

// Lists whose images lie in a folder that the list does not name.
func TestImagesOfLists(t *testing.T) {
	for name, c := range map[string]struct{ list, content, images string }{
		"GTSRB": {
			"Train.csv",
			"Width,ClassId,Path\n9,0,Train/0/1.png\n9,1,Train/1/2.png\n9,0,Train/0/3.png\n9,1,Train/1/4.png\n",
			"Train/0/1.png Train/1/2.png Train/0/3.png Train/1/4.png",
		},
		"cassava": {
			"train.csv", "image_id,label\n1.jpg,0\n2.jpg,1\n3.jpg,0\n4.jpg,1\n",
			"train_images/1.jpg train_images/2.jpg train_images/3.jpg train_images/4.jpg",
		},
		"breeds": {"labels.csv", "id,label\n1,a\n2,b\n3,a\n4,b\n", "train/1.jpg train/2.jpg train/3.jpg train/4.jpg"},
		"twice": {
			"train.csv", "id,label\n1,a\n2,b\n3,a\n4,b\n",
			"train/train/1.jpg train/train/2.jpg train/train/3.jpg train/train/4.jpg",
		},
	} {
		root := settest.Tree(t, strings.Fields(c.images)...)
		settest.Write(t, root, c.list, c.content)
		s := settest.OpenAs(t, "manifest", root, func(o *dataset.Options) { o.Resplit = true })
		if s.About().Missing != 0 || s.Len(dataset.Train)+s.Len(dataset.Test) != 4 || len(s.Classes()) != 2 {
			t.Errorf("%s: %d and %d images of %q, %+v",
				name, s.Len(dataset.Train), s.Len(dataset.Test), s.Classes(), s.About())
		}
	}
}
