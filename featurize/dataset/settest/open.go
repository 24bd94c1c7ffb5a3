package settest

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Open opens a set, which must be found to be of the format, and closes it after the test.
func Open(t testing.TB, root, format string, o dataset.Options) dataset.Source {
	t.Helper()
	s, err := all.Open(root, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if got := s.About().Format; got != format {
		t.Fatalf("%s is read as %s, not as %s", root, got, format)
	}
	return s
}

// List is Open without options.
func List(t testing.TB, root, format string) dataset.Source {
	t.Helper()
	return Open(t, root, format, dataset.DefaultOptions())
}

// OpenAs is Open with options that change changes.
func OpenAs(t testing.TB, format, root string, change func(*dataset.Options)) dataset.Source {
	t.Helper()
	o := dataset.DefaultOptions()
	if change != nil {
		change(&o)
	}
	return Open(t, root, format, o)
}

// OpenHalved is Open where half of a set without splits is for testing.
func OpenHalved(t testing.TB, root, format string, o dataset.Options) dataset.Source {
	t.Helper()
	o.TestFraction = 0.5
	return Open(t, root, format, o)
}

// Folder opens a tree of class folders.
func Folder(t testing.TB, root string) dataset.Source {
	t.Helper()
	s, err := all.Folder(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Fails opens a set that must not open, for a reason of the kind that says all these things.
func Fails(t testing.TB, what, root string, o dataset.Options, kind fault.Kind, say ...string) {
	t.Helper()
	s, err := all.Open(root, o)
	if err == nil {
		_ = s.Close()
		t.Errorf("%s: no error, but %s with %q, notes %q", what, s.About().Format, s.Classes(), s.About().Notes)
		return
	}
	for _, text := range say {
		if fault.KindOf(err) != kind || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: kind %d, %v; want kind %d and %q", what, fault.KindOf(err), err, kind, text)
		}
	}
}

// Refused is Fails for options that leave out the share of tests.
func Refused(t testing.TB, what, root string, o dataset.Options, kind fault.Kind, say string) {
	t.Helper()
	o.TestFraction = 0.5
	Fails(t, what, root, o, kind, say)
}
