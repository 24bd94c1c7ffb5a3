package featurize

import (
	"context"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/cache/thumbs"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/train/fault"
)

// miniatures makes the thumbnails of the first images of each class of the test split, upright as the encoder sees
// them. An image that cannot be read has none.
type miniatures struct {
	set      dataset.Source
	view     *pixel.Recipe
	workers  int
	perClass int
}

// add gives them to a finished cache that has none, or another number.
func (m *miniatures) add(ctx context.Context, out string, shard cache.Shard) (*Report, error) {
	has, err := cache.Illustrated(out)
	switch {
	case err != nil:
		return nil, err
	case has == m.perClass || shard.Index > 1: // the first shard has them
		return nil, cache.ErrComplete
	case shard.Count > 0:
		return nil, fault.Usagef("featurize: a finished shard takes no thumbnails; put the shards together, and "+
			"give them to the cache with --thumbnails %d --resume, without --shard", m.perClass)
	}
	made, err := cache.Illustrate(out, m.perClass, func(p *thumbs.Pile) error { return m.fill(ctx, p) })
	if err != nil {
		return nil, err
	}
	r := &Report{Manifest: made}
	for _, s := range made.Splits {
		r.Resumed += s.Rows
	}
	return r, nil
}

// stretchOfMiniatures is how many are made at once, and in memory.
const stretchOfMiniatures = 256

// fill puts them onto a pile, in the order of the images.
func (m *miniatures) fill(ctx context.Context, pile *thumbs.Pile) error {
	items, err := m.list()
	if err != nil {
		return err
	}
	for first := 0; first < len(items); first += stretchOfMiniatures {
		some := items[first:min(first+stretchOfMiniatures, len(items))]
		made, errs := make([][]byte, len(some)), make([]error, len(some))
		var wg sync.WaitGroup
		for w := range m.workers {
			wg.Go(func() {
				for i := w; i < len(some) && ctx.Err() == nil; i += m.workers {
					made[i], errs[i] = m.make(some[i])
				}
			})
		}
		wg.Wait()
		if err := context.Cause(ctx); err != nil {
			return err
		}
		for i, it := range some {
			if errs[i] != nil && !ownFault(errs[i]) {
				return fault.Errorf(fault.KindOf(errs[i]),
					"featurize: image %s: %w; run the command again with --resume", it.Name, errs[i])
			}
			if made[i] == nil {
				continue
			}
			if err := pile.Put(it.Label, it.Name, made[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// list is the images that have thumbnails.
func (m *miniatures) list() ([]dataset.Item, error) {
	var items []dataset.Item
	seen := make([]int, len(m.set.Classes()))
	for i := range m.set.Len(dataset.Test) {
		it, err := m.set.At(dataset.Test, i)
		if err != nil {
			return nil, err
		}
		if seen[it.Label]++; seen[it.Label] <= m.perClass {
			items = append(items, it)
		}
	}
	return items, nil
}

func (m *miniatures) make(it dataset.Item) ([]byte, error) {
	data, err := m.set.Read(it)
	if err != nil {
		return nil, err
	}
	img, err := m.view.Decode(data)
	if err != nil {
		return nil, err
	}
	return pixel.Thumbnail(img, thumbs.Side)
}
