package settest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Bytes are the bytes of an image file.
func Bytes(t testing.TB, s dataset.Source, split dataset.Split, i int) []byte {
	t.Helper()
	data, err := s.Read(Item(t, s, split, i))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Labels are the labels of a split.
func Labels(t testing.TB, s dataset.Source, split dataset.Split) (labels []int) {
	for i := range s.Len(split) {
		labels = append(labels, int(Item(t, s, split, i).Label))
	}
	return labels
}

// NothingLeft checks that the set leaves no temporary file.
func NothingLeft(t testing.TB, s dataset.Source, folder string) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Item is an image of a split.
func Item(t testing.TB, s dataset.Source, split dataset.Split, i int) dataset.Item {
	t.Helper()
	it, err := s.At(split, i)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// Names are the labels and names of a split's images.
func Names(s dataset.Source, split dataset.Split) (all []string) {
	for i := range s.Len(split) {
		it, err := s.At(split, i)
		if err != nil {
			panic(err)
		}
		all = append(all, fmt.Sprint(it.Label, " ", it.Name))
	}
	return all
}

// Unreadable reads an image that cannot be read.
func Unreadable(t testing.TB, s dataset.Source, i int, kind fault.Kind, say string) {
	t.Helper()
	it := Item(t, s, dataset.Train, i)
	if _, err := s.Read(it); fault.KindOf(err) != kind || err == nil || !strings.Contains(err.Error(), say) {
		t.Errorf("%s: kind %d, %v", it.Name, fault.KindOf(err), err)
	}
}

// Equal compares lists.
func Equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// Noted looks for a note that says the text.
func Noted(t testing.TB, s dataset.Source, text string) {
	t.Helper()
	if !slices.ContainsFunc(s.About().Notes, func(n string) bool { return strings.Contains(n, text) }) {
		t.Errorf("no note says %q: %q", text, s.About().Notes)
	}
}

// Notes are all notes.
func Notes(s dataset.Source) string { return strings.Join(s.About().Notes, "\n") }

// Wants compares a split, and the bytes of its images with what they should be.
func Wants(t testing.TB, s dataset.Source, split dataset.Split, content func(name string) string, want ...string) {
	t.Helper()
	if got := Names(s, split); !slices.Equal(got, want) {
		t.Errorf("%s is\n%q, not\n%q\n%s", split, got, want, Notes(s))
	}
	for i := range s.Len(split) {
		it := Item(t, s, split, i)
		if data, err := s.Read(it); err != nil || string(data) != content(it.Name) {
			t.Errorf("%s holds %q (%v)", it.Name, data, err)
		}
	}
}

// Clients are the names of the clients of both splits, each with the number of its images, sorted.
func Clients(t testing.TB, s dataset.Source) (all []string) {
	t.Helper()
	counts := map[string]int{}
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range s.Len(split) {
			counts[Item(t, s, split, i).Client]++
		}
	}
	for name, n := range counts {
		all = append(all, fmt.Sprint(name, " ", n))
	}
	slices.Sort(all)
	return all
}
