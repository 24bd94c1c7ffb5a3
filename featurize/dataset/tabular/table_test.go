package tabular_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TestPublishedTables: tables that Hugging Face's own library wrote (testdata/make_tables.py), in its three forms.
func TestPublishedTables(t *testing.T) {
	for folder, format := range map[string]string{"data": "parquet", "old": "parquet", "saved": "arrow"} {
		s := settest.List(t, filepath.Join("testdata", "tables", folder), format)
		if rule := s.About().Orientation; rule != dataset.ByDatasets {
			t.Errorf("%s: pictures are turned by the rule of %q", folder, rule)
		}
		if got := s.Classes(); !slices.Equal(got, []string{"dog house", "ape", "zebra"}) {
			t.Errorf("%s: classes %q", folder, got)
		}
		for split, labels := range map[dataset.Split][]int{
			dataset.Train: {0, 1, 2, 1, 0, 2, 2, 1, 0},
			dataset.Test:  {2, 0},
		} {
			var want []string
			for i, label := range labels {
				want = append(want, fmt.Sprintf("%d %s/%08d", label, split, i))
			}
			if got := settest.Names(s, split); !slices.Equal(got, want) {
				t.Errorf("%s: %s is %q", folder, split, got)
			}
			for _, i := range []int{0, len(labels) - 1, 1, 0} { // also backwards
				it := settest.Item(t, s, split, i)
				if err := coloured(s, it, uint32(10*i), uint32(50*it.Label)); err != nil {
					t.Errorf("%s: %s: %v", folder, it.Name, err)
				}
			}
		}
		for _, note := range []string{
			"column fine_label holds the labels; --labels can choose another of coarse_label, fine_label",
			"1 images without a label",
			"1 validation images are left out",
		} {
			if !strings.Contains(settest.Notes(s), note) {
				t.Errorf("%s: the notes lack %q:\n%s", folder, note, settest.Notes(s))
			}
		}
	}
}

// coloured looks at the first pixel of an image.
func coloured(s dataset.Source, it dataset.Item, red, green uint32) error {
	data, err := s.Read(it)
	if err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if r, g, b, _ := picture.At(0, 0).RGBA(); r>>8 != red || g>>8 != green || b>>8 != 7 {
		return errors.New("it is another image")
	}
	return nil
}

func TestTableOptions(t *testing.T) {
	for _, folder := range []string{"data", "saved"} {
		root := filepath.Join("testdata", "tables", folder)
		for labels, classes := range map[string]string{
			"coarse": "made grown", "coarse_label": "made grown",
			"fine_label": "dog house ape zebra",
			"id":         "class 0 class 1 class 2 class 3 class 4 class 5 class 6 class 7 class 8",
		} {
			o := dataset.DefaultOptions()
			o.Labels, o.Column = labels, "image"
			s, err := all.Open(root, o)
			if err != nil {
				t.Errorf("%s: labels %s: %v", folder, labels, err)
				continue
			}
			if got := strings.Join(s.Classes(), " "); got != classes {
				t.Errorf("%s: labels %s: classes %s", folder, labels, got)
			}
			_ = s.Close()
		}
		o := dataset.DefaultOptions()
		o.Labels = "species" // words, and some are null
		if _, err := all.Open(root, o); fault.KindOf(err) != fault.Usage ||
			!strings.Contains(err.Error(), `1 classes ["cat"]`) {
			t.Errorf("%s: %v", folder, err)
		}
		for _, wrong := range []dataset.Options{
			{Labels: "tags"}, {Labels: "colour"}, {Column: "label"},
			{Column: "tags"}, {Fold: 1}, {Images: "x"},
		} {
			wrong.TestFraction = 0.2
			if _, err := all.Open(root, wrong); fault.KindOf(err) != fault.Usage {
				t.Errorf("%s: %+v: %v", folder, wrong, err)
			}
		}
	}
}
