package list_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Lists that are called by their set, as those of long-tailed sets are, and images that lie by kingdom and species.
func TestListsCalledByTheirSet(t *testing.T) {
	root := settest.Tree(t, "train_val2018/Plantae/7477/1.png", "train_val2018/Plantae/7477/2.png",
		"train_val2018/Insecta/2243/1.png", "train_val2018/Insecta/2243/2.png")
	const folder = "train_val2018/"
	settest.Write(t, root, "iNaturalist18_train.txt", folder+"Plantae/7477/1.png 0\n"+folder+"Insecta/2243/1.png 1\n")
	settest.Write(t, root, "iNaturalist18_val.txt", folder+"Plantae/7477/2.png 0\n"+folder+"Insecta/2243/2.png 1\n")
	s := settest.OpenAs(t, "manifest", root, nil)
	settest.Equal(t, "train", settest.Names(s, dataset.Train),
		[]string{"0 " + folder + "Plantae/7477/1.png", "1 " + folder + "Insecta/2243/1.png"})
	if s.Len(dataset.Test) != 2 || s.About().Missing > 0 {
		t.Errorf("test %q, %+v", settest.Names(s, dataset.Test), s.About())
	}
	settest.Write(t, root, "other_train.txt", folder+"Plantae/7477/1.png 0\n")
	settest.Write(t, root, "other_test.txt", folder+"Plantae/7477/2.png 0\n")
	o := dataset.DefaultOptions()
	o.Format = "manifest"
	settest.Fails(t, "two sets", root, o, fault.Usage, "inaturalist18, other")
}
