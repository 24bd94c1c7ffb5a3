package inspect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// listed is an image by its place: row Row of a split.
type listed struct {
	Split string `json:"split"`
	Row   int    `json:"row"`
	Name  string `json:"name,omitempty"`
	Label int32  `json:"label"`
}

// duplicates are the images that a set holds more than once, byte for byte.
type duplicates struct {
	Groups    [][]listed `json:"groups"`
	Across    int        `json:"across_splits"`    // groups with images of more than one split
	Conflicts int        `json:"different_labels"` // groups with more than one label
}

// corpus is a list of splits whose images can be compared.
type corpus struct {
	splits  []string
	rows    []int
	content func(split, row int) ([]byte, error) // what makes an image the same as another; nil if it cannot be read
	about   func(split, row int) (listed, error)
}

// duplicates compares everything with everything, by hashes of 16 bytes, in 20 bytes of memory an image.
func (c corpus) duplicates(ctx context.Context, observe func(done, total int)) (duplicates, error) {
	type mark struct {
		sum [16]byte
		row uint32 // counted over all splits
	}
	total := 0
	for _, n := range c.rows {
		total += n
	}
	marks := make([]mark, 0, total)
	done := 0
	for s := range c.splits {
		for row := range c.rows[s] {
			if err := ctx.Err(); err != nil {
				return duplicates{}, err
			}
			data, err := c.content(s, row)
			if err != nil {
				return duplicates{}, err
			}
			if data != nil {
				sum := sha256.Sum256(data)
				marks = append(marks, mark{[16]byte(sum[:16]), uint32(done)})
			}
			done++
			observe(done, total)
		}
	}
	slices.SortFunc(marks, func(a, b mark) int {
		if d := strings.Compare(string(a.sum[:]), string(b.sum[:])); d != 0 {
			return d
		}
		return int(a.row) - int(b.row)
	})
	d := duplicates{Groups: [][]listed{}}
	for len(marks) > 0 {
		n := 1
		for n < len(marks) && marks[n].sum == marks[0].sum {
			n++
		}
		if n > 1 {
			var group []listed
			for _, m := range marks[:n] {
				one, err := c.at(int(m.row))
				if err != nil {
					return d, err
				}
				group = append(group, one)
			}
			d.add(group)
		}
		marks = marks[n:]
	}
	several := func(g []listed) int { // groups across splits come first
		if g[0].Split != g[len(g)-1].Split {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(d.Groups, func(a, b []listed) int {
		return cmp.Or(
			cmp.Compare(several(a), several(b)),
			-cmp.Compare(a[0].Split, b[0].Split),
			cmp.Compare(a[0].Row, b[0].Row),
		)
	})
	return d, nil
}

// at finds an image by its number over all splits.
func (c corpus) at(i int) (listed, error) {
	for s, n := range c.rows {
		if i < n {
			return c.about(s, i)
		}
		i -= n
	}
	panic("duplicates: no such row")
}

func (d *duplicates) add(group []listed) {
	d.Groups = append(d.Groups, group)
	splits, labels := map[string]bool{}, map[int32]bool{}
	for _, l := range group {
		splits[l.Split], labels[l.Label] = true, true
	}
	if len(splits) > 1 {
		d.Across++
	}
	if len(labels) > 1 {
		d.Conflicts++
	}
}

// print writes the first few groups, those across splits first.
func (d *duplicates) print(w io.Writer, classes []string) {
	if len(d.Groups) == 0 {
		fmt.Fprintln(w, "  no image twice")
		return
	}
	fmt.Fprintf(w, "  %d images are there more than once: %d of them in several splits, so that tests run on "+
		"training images, %d under different labels\n", len(d.Groups), d.Across, d.Conflicts)
	const most = 10
	for i, g := range d.Groups {
		if i == most {
			fmt.Fprintf(w, "    … and %d more; --json lists all\n", len(d.Groups)-most)
			break
		}
		var names []string
		for _, l := range g {
			name := l.Name
			if name == "" {
				name = fmt.Sprint("row ", l.Row)
			}
			names = append(names, fmt.Sprintf("%s %s (%s)", l.Split, name, classes[l.Label]))
		}
		fmt.Fprintln(w, "    "+strings.Join(names, " = "))
	}
}

// ofData compares the bytes of image files. Those that cannot be read are left out.
func ofData(set dataset.Source) corpus {
	c := corpus{splits: []string{string(dataset.Train), string(dataset.Test)}}
	for _, s := range c.splits {
		c.rows = append(c.rows, set.Len(dataset.Split(s)))
	}
	at := func(split, row int) (dataset.Item, error) { return set.At(dataset.Split(c.splits[split]), row) }
	c.content = func(split, row int) ([]byte, error) {
		it, err := at(split, row)
		if err != nil {
			return nil, err
		}
		data, err := set.Read(it)
		if err != nil {
			return nil, nil // featurize reports such images
		}
		return data, nil
	}
	c.about = func(split, row int) (listed, error) {
		it, err := at(split, row)
		return listed{c.splits[split], row, it.Name, it.Label}, err
	}
	return c
}

// ofCache compares features: images that are the same after preprocessing have the same ones.
func ofCache(held *cache.Cache) (corpus, error) {
	var c corpus
	var splits []*cache.Split
	for _, info := range held.Manifest.Splits {
		s, err := held.Split(info.Name)
		if err != nil {
			return c, err
		}
		splits = append(splits, s)
		c.splits, c.rows = append(c.splits, info.Name), append(c.rows, s.Len())
	}
	c.content = func(split, row int) ([]byte, error) {
		x := f32.New(1, splits[split].Dim())
		err := splits[split].Gather(x, []int{row})
		return npy.AppendFloats(nil, "<f4", x.Data), err
	}
	names := make([][]string, len(splits)) // of the images, read once one is asked for
	c.about = func(split, row int) (l listed, err error) {
		if names[split] == nil {
			if names[split], err = splits[split].Files(); err != nil {
				return l, err
			}
		}
		l = listed{Split: c.splits[split], Row: row, Label: splits[split].Labels()[row]}
		if names[split] != nil {
			l.Name = names[split][row]
		}
		return l, nil
	}
	return c, nil
}
