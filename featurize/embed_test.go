package featurize

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/train/fault"
)

// shown is a picture of a data set, as a caller may have it.
type shown struct {
	set dataset.Source
	dataset.Item
}

func (s shown) Name() string          { return s.Item.Name }
func (s shown) Read() ([]byte, error) { return s.set.Read(s.Item) }

// pictures of a split of a set; a name in bad has no bytes that are an image.
func pictures(t *testing.T, set dataset.Source, bad ...string) iter.Seq[maybeBad] {
	return func(yield func(maybeBad) bool) {
		for i := range set.Len(dataset.Test) {
			it, err := set.At(dataset.Test, i)
			if err != nil {
				t.Error(err)
				return
			}
			b := maybeBad{shown{set, it}, false}
			for _, name := range bad {
				b.is = b.is || strings.HasSuffix(it.Name, name)
			}
			if !yield(b) {
				return
			}
		}
	}
}

type maybeBad struct {
	shown
	is bool
}

func (b maybeBad) Read() ([]byte, error) {
	if b.is {
		return []byte("nothing"), nil
	}
	return b.shown.Read()
}

func testSet(t *testing.T, n int) dataset.Source {
	t.Helper()
	set, err := all.Folder(images(t, n), dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func testView(t *testing.T) *pixel.Recipe {
	t.Helper()
	view, err := pixel.NewRecipe(tinyModel(t).Preprocess)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// Rows come in the order of the pictures, and are the same, however many work at once; a broken picture is told in its
// place.
func TestEmbedInOrder(t *testing.T) {
	set, view := testSet(t, 70), testView(t)
	var want string
	for _, pace := range []Pace{{1, 1, 1}, {7, 3, 2}, {16, 2, 3}, {200, 1, 1}} {
		var got strings.Builder
		n := 0
		images := pictures(t, set, "kind_0/0003.png", "kind_1/0069.png")
		err := Embed(context.Background(), images, view, encoder(t), pace,
			func(e Embedded[maybeBad]) error {
				row := 0
				for i, p := range e.Images {
					n++
					fmt.Fprint(&got, p.Name(), p.Label)
					if err := e.Errs[i]; err != nil {
						fmt.Fprintln(&got, fault.KindOf(err) == fault.Corrupt)
						continue
					}
					fmt.Fprintln(&got, e.Rows.Row(row))
					row++
				}
				if row != e.Rows.Rows {
					return fmt.Errorf("%d rows for %d pictures", e.Rows.Rows, row)
				}
				return nil
			})
		if err != nil || n != 140 || strings.Count(got.String(), "true") != 2 {
			t.Fatalf("%+v: %d pictures, %v", pace, n, err)
		}
		if want == "" {
			want = got.String()
		}
		if got.String() != want {
			t.Errorf("%+v gives other rows, or another order", pace)
		}
	}
}

// The work ends with the encoder's error, with the caller's, even at the last stretch, and with the context.
func TestEmbedEnds(t *testing.T) {
	set, view := testSet(t, 40), testView(t)
	enough := errors.New("enough")
	failing := encoder(t)
	failing.failAt = 3
	err := Embed(context.Background(), pictures(t, set), view, failing, Pace{4, 2, 2},
		func(Embedded[maybeBad]) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "power") {
		t.Errorf("the encoder's failure: %v", err)
	}
	for _, last := range []int{1, 20} { // of 20 stretches
		calls := 0
		err := Embed(context.Background(), pictures(t, set), view, encoder(t), Pace{4, 2, 2},
			func(Embedded[maybeBad]) error {
				if calls++; calls == last {
					return enough
				}
				return nil
			})
		if !errors.Is(err, enough) || calls != last {
			t.Errorf("%d calls, %v", calls, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = Embed(ctx, pictures(t, set), view, encoder(t), Pace{4, 2, 2},
		func(Embedded[maybeBad]) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := Embed(context.Background(), pictures(t, set), view, encoder(t), Pace{},
		func(Embedded[maybeBad]) error { return nil }); fault.KindOf(err) != fault.Usage {
		t.Errorf("no pace: %v", err)
	}
	none := func(func(maybeBad) bool) {}
	if err := Embed(context.Background(), none, view, encoder(t), Pace{4, 2, 2}, nil); err != nil {
		t.Errorf("no pictures: %v", err)
	}
}
