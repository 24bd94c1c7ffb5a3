package published_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// openPublished opens a set, whose format must be recognised, and which has a name.
func openPublished(t *testing.T, root, format, templates string, o dataset.Options) dataset.Source {
	t.Helper()
	s := settest.Open(t, root, format, o)
	if got := s.About().Templates; got != templates {
		t.Fatalf("templates %q, want %q", got, templates)
	}
	want := strings.TrimPrefix(format, "folder")
	if o.Labels == "family" || o.Labels == "manufacturer" {
		want += "-" + o.Labels
	}
	if got := s.About().Name; got != want {
		t.Errorf("the name is %q, want %q", got, want)
	}
	return s
}

func checkNames(t *testing.T, s dataset.Source, split dataset.Split, want ...string) {
	t.Helper()
	if got := settest.Names(s, split); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", split, got, want)
	}
}

func checkClasses(t *testing.T, s dataset.Source, want ...string) {
	t.Helper()
	if got := s.Classes(); !slices.Equal(got, want) {
		t.Errorf("classes %q, want %q", got, want)
	}
}

// checkReads compares the bytes of every image with its name, which tree puts there.
func checkReads(t *testing.T, s dataset.Source) {
	t.Helper()
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range s.Len(split) {
			it := settest.Item(t, s, split, i)
			if data, err := s.Read(it); err != nil || !strings.HasSuffix(string(data), it.Name) {
				t.Errorf("%s reads %q, %v", it.Name, data, err)
			}
		}
	}
}

// change is what makes a good set a bad one.
type change struct {
	file, content string // "" removes the file
	kind          fault.Kind
	say           string
}

// checkRefusals changes one file at a time of a set that make makes.
func checkRefusals(t *testing.T, make func(t *testing.T) string, format string, changes map[string]change) {
	t.Helper()
	for name, c := range changes {
		root := make(t)
		if c.content == "" {
			if err := os.RemoveAll(filepath.Join(root, c.file)); err != nil {
				t.Fatal(err)
			}
		} else {
			settest.Write(t, root, c.file, c.content)
		}
		o := dataset.DefaultOptions()
		o.Format = format
		if _, err := all.Open(root, o); err == nil || fault.KindOf(err) != c.kind ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v (kind %d), want kind %d and %q", name, err, fault.KindOf(err), c.kind, c.say)
		}
	}
}

// checkOptions: options that a set does not have are refused.
func checkOptions(t *testing.T, root string, options map[string]dataset.Options) {
	t.Helper()
	for name, o := range options {
		o.TestFraction = 0.2
		if _, err := all.Open(root, o); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
