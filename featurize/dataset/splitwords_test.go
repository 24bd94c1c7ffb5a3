package dataset

import "testing"

func TestSplitWords(t *testing.T) {
	for name, want := range map[string]Split{
		"train-00000-of-00002.parquet": Train, "imagenet-train-000001.tar": Train, "Valid_3.tar": Val,
		"validation": Val, "dtd-test-split-train-0": Train, "test-train": Test,
		"train0001.tar": Train, "ILSVRC2012_img_train_t3.tar": Train, "trainval": Train, "valley": Whole,
		"n01440764.tar": Whole, "contest.tar": Whole, "dev.tar": Val,
	} {
		if got := SplitIn(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
}
