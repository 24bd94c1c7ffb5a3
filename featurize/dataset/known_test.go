package dataset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// named builds a set with as many training images of class i as counts says.
func named(t *testing.T, classes []string, count func(class int) int) string {
	t.Helper()
	b := dataset.NewBuilder("root", "made up", dataset.DefaultOptions())
	for label := range classes {
		_ = b.Add(dataset.Test, fmt.Sprint("test/", label), label, dataset.Place{}) // Finish tells
		for i := range count(label) {
			_ = b.Add(dataset.Train, fmt.Sprint(label, "/", i), label, dataset.Place{})
		}
	}
	s, err := b.Finish(classes, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.About().Name
}

// A set is known by its classes, however they are spelt and ordered, unless somebody has cut them to a long tail.
func TestKnownByClasses(t *testing.T) {
	six := func(int) int { return 6 }
	for list, name := range map[string]string{
		"cifar10": "cifar-10", "cifar100": "cifar-100", "cifar100-coarse": "cifar-100-coarse",
		"fashion-mnist": "fashion-mnist", "mnist": "",
	} {
		classes := names.Published(list)
		if got := named(t, classes, six); got != name {
			t.Errorf("%s is %q", list, got)
		}
		classes[0], classes[1] = strings.ToUpper(classes[1]), strings.ReplaceAll(classes[0], "_", " ")
		if got := named(t, classes, six); got != name {
			t.Errorf("%s, spelt otherwise, is %q", list, got)
		}
		if got := named(t, classes, func(i int) int { return 60 / (i + 1) }); got != "" {
			t.Errorf("%s with a long tail is %q", list, got)
		}
		if got := named(t, classes[1:], six); got != "" {
			t.Errorf("%s without a class is %q", list, got)
		}
	}
}
