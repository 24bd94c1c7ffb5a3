package names_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

func TestSceneFolder(t *testing.T) {
	for name, want := range map[string]string{
		"train/airfield/1.jpg": "airfield", "/a/airfield/1.jpg": "airfield",
		"data_256/a/apartment_building/outdoor/1.jpg": "apartment_building-outdoor",
		"Places365_val_1.jpg":                         "", "val/1.jpg": "", "val_256/1.jpg": "", "/1.jpg": "",
		"airfield/1.jpg":                   "airfield",
		"./t/train_station/platform/1.jpg": "train_station-platform",
	} {
		if got := names.SceneFolder(name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}
