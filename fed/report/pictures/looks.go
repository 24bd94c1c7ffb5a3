package pictures

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// mostLooks is how many classes of a group are shown.
const mostLooks = 6

// looks has a strip for each group: the first picture of a few classes, from the one with most training images to the
// one with fewest, at even distances. Groups without a picture have none.
func (c *choice) looks() (strips []document.Strip, err error) {
	for _, g := range c.Groups {
		classes := slices.Clone(g.Classes)
		slices.SortStableFunc(classes, func(a, b int) int { return cmp.Compare(c.Counts[b], c.Counts[a]) })
		cards, err := c.look(classes)
		if err != nil {
			return nil, err
		}
		if len(cards) > 0 {
			strips = append(strips, document.Strip{Title: g.Title, Sub: g.Sub, Small: true, Cards: cards})
		}
	}
	return strips, nil
}

// look has cards of a few of the classes, at even distances among those with a picture. Not many more pictures are
// read than are shown.
func (c *choice) look(classes []int) ([]document.Card, error) {
	cards := map[int]document.Card{} // by class
	for {
		some := spread(classes, mostLooks)
		var shown []document.Card
		var without []int
		for _, k := range some {
			if _, known := cards[k]; !known {
				row, card, err := c.first(c.rows[k], func(int) bool { return true })
				if err != nil {
					return nil, err
				}
				if row < 0 {
					without = append(without, k)
					continue
				}
				card.Note = strconv.Itoa(c.Counts[k])
				cards[k] = card
			}
			shown = append(shown, cards[k])
		}
		if without == nil {
			return shown, nil
		}
		classes = slices.DeleteFunc(classes, func(k int) bool { return slices.Contains(without, k) })
	}
}

// spread keeps n of many at even distances, the first and the last among them.
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	some := make([]T, n)
	for i := range some {
		some[i] = all[(2*i*(len(all)-1)+n-1)/(2*(n-1))]
	}
	return some
}

// first is the card of the first of these rows that is wanted and has a picture; row is −1 where there is none.
func (c *choice) first(rows []int, wanted func(row int) bool) (row int, card document.Card, err error) {
	for _, row := range rows {
		if !wanted(row) {
			continue
		}
		image, kind, ok, err := c.Source.Picture(row)
		if err != nil {
			return -1, card, fmt.Errorf("pictures: the picture of test image %d: %w", row, err)
		}
		if ok {
			return row, document.Card{Image: image, Type: kind, Name: c.Classes[c.Labels[row]]}, nil
		}
	}
	return -1, card, nil
}

// looksCaption says how the strips of classes were chosen.
func (c *choice) looksCaption() string {
	text := fmt.Sprintf("Up to %d classes of each group, from the most training images to the fewest, each by its "+
		"first test image; the number is how many images there are to train on.", mostLooks)
	most := 0 // test images of a class
	for _, rows := range c.rows {
		most = max(most, len(rows))
	}
	if c.PerClass > 0 && c.PerClass < most {
		text += fmt.Sprintf(" Pictures are chosen among the first %s of each class, of which there are thumbnails.",
			plural(c.PerClass, "test image"))
	}
	return text
}

// plural is a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// thousands is a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
