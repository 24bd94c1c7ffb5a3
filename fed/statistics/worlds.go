package statistics

import (
	"cmp"
	"fmt"
	"slices"
)

// worlds are runs, laid out for drawing: images of one stratum stand together, those that count nowhere are left out.
type worlds struct {
	seeds   int
	layouts []layout
	of      []int       // the layout of each data seed
	weight  [][]float64 // of each data seed's images, in its layout
	hits    [][][]Hits  // [method][data seed][training seed], in the layout of the data seed
}

// layout is an order of test images by stratum.
type layout struct {
	stratum []int // as it was given
	image   []int
	ends    []int // of the strata, in image
}

func newWorlds(runs [][][]Hits, images []Images) (*worlds, error) {
	if len(runs) == 0 || len(runs[0]) == 0 || len(runs[0][0]) == 0 {
		return nil, fmt.Errorf("statistics: no runs to draw from")
	}
	seeds := len(runs[0])
	w := &worlds{seeds: len(runs[0][0]), of: make([]int, seeds)}
	if len(images) == 1 {
		images = slices.Repeat(images, seeds)
	}
	if len(images) != seeds {
		return nil, fmt.Errorf("statistics: %d data seeds, test images of %d", seeds, len(images))
	}
	for i := range images {
		if len(images[i].Weight) != len(images[i].Stratum) {
			return nil, fmt.Errorf("statistics: %d test images have %d weights", len(images[i].Stratum),
				len(images[i].Weight))
		}
		w.of[i] = slices.IndexFunc(w.layouts, func(l layout) bool { return slices.Equal(l.stratum, images[i].Stratum) })
		if w.of[i] < 0 {
			w.of[i] = len(w.layouts)
			w.layouts = append(w.layouts, newLayout(images[i].Stratum, images))
		}
	}
	for i := range images {
		w.weight = append(w.weight, take(images[i].Weight, w.layouts[w.of[i]].image))
	}
	return w, w.take(runs)
}

// newLayout orders the images of the strata in which some data seed of these strata has a weight.
func newLayout(stratum []int, images []Images) layout {
	l := layout{stratum: stratum}
	counts := map[int]bool{}
	for _, of := range images {
		if !slices.Equal(of.Stratum, stratum) {
			continue
		}
		for i, s := range stratum {
			if s >= 0 && of.Weight[i] != 0 {
				counts[s] = true
			}
		}
	}
	for i, s := range stratum {
		if counts[s] {
			l.image = append(l.image, i)
		}
	}
	slices.SortStableFunc(l.image, func(a, b int) int { return cmp.Compare(stratum[a], stratum[b]) })
	for k, i := range l.image {
		if k+1 == len(l.image) || stratum[l.image[k+1]] != stratum[i] {
			l.ends = append(l.ends, k+1)
		}
	}
	return l
}

// take lays out the hits of all runs.
func (w *worlds) take(runs [][][]Hits) error {
	w.hits = make([][][]Hits, len(runs))
	for m, method := range runs {
		if len(method) != len(w.of) {
			return fmt.Errorf("statistics: method %d has %d data seeds, the first %d", m, len(method), len(w.of))
		}
		w.hits[m] = make([][]Hits, len(method))
		for i, world := range method {
			if len(world) != w.seeds {
				return fmt.Errorf("statistics: method %d has %d training seeds of data seed %d, the first has %d",
					m, len(world), i, w.seeds)
			}
			l := w.layouts[w.of[i]]
			for _, h := range world {
				if len(h.Right) != len(l.stratum) || h.Rounds < 1 {
					return fmt.Errorf("statistics: a run of method %d has hits of %d test images in %d rounds, "+
						"of %d images", m, len(h.Right), h.Rounds, len(l.stratum))
				}
				w.hits[m][i] = append(w.hits[m][i], Hits{Right: take(h.Right, l.image), Rounds: h.Rounds})
			}
		}
	}
	return nil
}

// take is v at the places.
func take[T any](v []T, places []int) []T {
	out := make([]T, len(places))
	for k, i := range places {
		out[k] = v[i]
	}
	return out
}
