package list_test

import (
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

const coopPets = `{"train": [["Abyssinian_1.jpg", 0, "abyssinian"], ["beagle_1.jpg", 4, "basset_hound"]],
 "val": [["beagle_2.jpg", 4, "basset_hound"]],
 "test": [["Abyssinian_2.jpg", 0, "abyssinian"], ["pug_1.jpg", 4, "basset_hound"]]}`

func TestCoOp(t *testing.T) {
	pictures := []string{"Abyssinian_1.jpg", "Abyssinian_2.jpg", "beagle_1.jpg", "beagle_2.jpg"}
	for name, c := range map[string]struct {
		list, folder string // where they lie
		file         bool   // the list is passed, not its folder
	}{
		"as CoOp":          {"split_zhou_OxfordPets.json", "images/", false},
		"the file":         {"split_zhou_OxfordPets.json", "images/", true},
		"beside":           {"split_zhou_OxfordPets.json", "", false},
		"above the set":    {"split_zhou_OxfordPets.json", "oxford_pets/images/", false},
		"another's folder": {"split_zhou_X.json", "101_ObjectCategories/", true},
		"two folders up":   {"indices/pets/any.json", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for _, p := range pictures {
				settest.Write(t, root, c.folder+p, p)
			}
			path := settest.Write(t, root, c.list, "\ufeff"+coopPets)
			if !c.file {
				path = filepath.Dir(path)
			}
			s := settest.OpenAs(t, "coop", path, nil)
			settest.Equal(t, "classes", s.Classes(),
				[]string{"abyssinian", "basset hound"})
			settest.Noted(t, s, "labels are taken for ids, since only 2 of the numbers from 0 to 4 occur")
			settest.Noted(t, s, "1 validation images are left out")
			settest.Equal(t, "train", settest.Names(s, dataset.Train), []string{"0 Abyssinian_1.jpg", "1 beagle_1.jpg"})
			settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"0 Abyssinian_2.jpg", "1 pug_1.jpg"})
			if a := s.About(); (a.Name == "oxford-pets") != (a.Templates == "pets") {
				t.Errorf("the name is %q", a.Name)
			}
			if a := s.About(); a.Missing != 1 || a.Examples[0] != "pug_1.jpg" ||
				(a.Templates == "pets") != (filepath.Base(c.list) == "split_zhou_OxfordPets.json") {
				t.Errorf("%+v", a)
			}
			if data, err := s.Read(settest.Item(t, s, dataset.Test, 0)); err != nil ||
				string(data) != "Abyssinian_2.jpg" {
				t.Errorf("read %q, %v", data, err)
			}
		})
	}
	images := settest.Tree(t, "Abyssinian_1.jpg")
	s := settest.OpenAs(t, "coop", settest.Write(t, t.TempDir(), "x.json", coopPets),
		func(o *dataset.Options) { o.Images = images })
	if _, err := s.Read(settest.Item(t, s, dataset.Train, 0)); err != nil || s.About().Missing != 4 {
		t.Errorf("%v, %+v", err, s.About())
	}
}

// The few-shot lists of cross_modal_adaptation have objects below "data", and no test images.
func TestCoOpObjects(t *testing.T) {
	root := settest.Tree(t, "data/dtd/images/banded/1.jpg", "data/dtd/images/woven/2.jpg")
	list := settest.Write(t, root, "indices/dtd/shot_1-seed_1.json", `{"train":{"indices":[8,[96,{"x":0}]],"data":[
		{"impath":"./data/dtd/images/banded/1.jpg","label":0,"classname":"banded"},
		{"impath":"./data/dtd/images/woven/2.jpg","label":1.0,"classname":"banded","more":[]}]},
		"val":{"data":[{"impath":"./data/dtd/images/woven/2.jpg","label":1,"classname":"banded"}],"indices":[1]},
		"seed":{"of":[1]}}`)
	s := settest.OpenAs(t, "coop", list, nil)
	settest.Equal(t, "classes", s.Classes(), []string{"banded", "banded"}) // a name is no key
	settest.Equal(t, "train", settest.Names(s, dataset.Train),
		[]string{"0 data/dtd/images/banded/1.jpg", "1 data/dtd/images/woven/2.jpg"})
	settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"1 data/dtd/images/woven/2.jpg"})
	settest.Noted(t, s, "more than one split")
	settest.Noted(t, s, "parts of the list that are none of train, val and test, such as seed")
	if s.About().Missing != 0 {
		t.Errorf("%+v", s.About())
	}
}

func TestCoOpReleasedKey(t *testing.T) {
	root := settest.Tree(t, "images/1.jpg", "images/2.jpg", "images/3.jpg")
	settest.Write(t, root, "split_zhou_X.json", `{"test_acpfl":[["2.jpg",1,"b"]],"train":[["1.jpg",0,"a"]],"val":null}`)
	s := settest.OpenAs(t, "coop", root, nil)
	settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"1 2.jpg"})
	settest.Noted(t, s, `"test_acpfl" is taken for`)
	settest.Write(t, root, "split_zhou_X.json",
		`{"test_acpfl":[["2.jpg",1,"b"]],"train":[["1.jpg",0,"a"]],"test":[["3.jpg",1,"b"]]}`)
	s = settest.OpenAs(t, "coop", root, nil)
	settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"1 3.jpg"})
	settest.Noted(t, s, "such as test_acpfl")
}

func TestCoOpRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		say     []string
	}{
		"cut off": {
			`{"train":[["1.jpg",0,"a"],["2.jpg",1,"b"`, []string{`image 2 of "train"`, "ends early"},
		},
		"cut off between":    {`{"train":[["1.jpg",0,"a"]`, []string{`image 2 of "train"`, "ends early"}},
		"two fields":         {`{"train":[["1.jpg",0]]}`, []string{`image 1 of "train"`, `["1.jpg",0] is neither`}},
		"four fields":        {`{"train":[["1.jpg",0,"a",1]]}`, []string{"neither"}},
		"a name for a label": {`{"train":[["1.jpg","a",0]]}`, []string{"neither"}},
		"no label":           {`{"train":[{"impath":"1.jpg","classname":"a"}]}`, []string{"neither"}},
		"no path":            {`{"train":[["",0,"a"]]}`, []string{"neither"}},
		"a number":           {`{"train":[7]}`, []string{"7 is neither"}},
		"half a label":       {`{"train":[["1.jpg",0.5,"a"]]}`, []string{"label 0.5"}},
		"a negative label":   {`{"train":[["1.jpg",-2,"a"]]}`, []string{"label -2"}},
		"a huge label": {
			`{"train":[["1.jpg",9223372036854775807,"a"]]}`, []string{"label 9223372036854775807"},
		},
		"two names": {
			`{"train":[["1.jpg",0,"a"]],"test":[["2.jpg",0,"b"]]}`, []string{`image 1 of "test"`, `"b", but "a"`},
		},
		"two labels": {
			`{"train":[["1.jpg",0,"a"],["1.jpg",1,"b"]],"test":[["2.jpg",0,"a"]]}`,
			[]string{"1.jpg has label 0 in one place"},
		},
		"a part twice":        {`{"train":[],"train":[]}`, []string{`"train" twice`}},
		"no array":            {`{"train":"x"}`, []string{"no array"}},
		"no array below data": {`{"train":{"data":{}}}`, []string{"expected"}},
		"more behind":         {`{"train":[["1.jpg",0,"a"]]} {}`, []string{"follows"}},
		"a comma too many":    {`{"train":[["1.jpg",0,"a"],]}`, []string{`image 2 of "train"`}},
	} {
		o := dataset.DefaultOptions()
		o.Format = "coop"
		settest.Fails(t, name, settest.Write(t, t.TempDir(), "x.json", c.content), o, fault.Corrupt, c.say...)
	}
	root := settest.Tree(t, "images/1.jpg")
	settest.Write(t, root, "split_zhou_A.json", coopPets)
	settest.Write(t, root, "split_zhou_B.json", coopPets)
	settest.Fails(t, "two lists", root, dataset.DefaultOptions(), fault.Usage, "pass one of them",
		"split_zhou_A.json, split_zhou_B.json")
	settest.Fails(t, "another kind of file", settest.Write(t, root, "x.json", `{"images":[]}`),
		dataset.DefaultOptions(), fault.Usage, "no known kind")
	o := dataset.DefaultOptions()
	o.Labels = "x"
	settest.Fails(t, "an option of others", filepath.Join(root, "split_zhou_A.json"), o, fault.Usage, "--labels")
}
