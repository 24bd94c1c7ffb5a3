package featurize

import (
	"fmt"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/f32"
)

// part is a stretch of a split that is written as one file.
type part struct {
	split     dataset.Split
	index     int
	first, n  int            // images of the split
	views     int            // of each image, the plain one included
	features  f32.Matrix     // a row for each view of each image, skipped ones included
	items     []dataset.Item // the images
	reasons   []string       // why image i is skipped, or empty
	remaining int            // batches to go
}

// list makes room for a part.
func (p *pipeline) list(t *part) error {
	t.features = f32.New(t.n*t.views, p.encoder.Traits().Width)
	t.reasons, t.items = make([]string, t.n), make([]dataset.Item, t.n)
	for i := range t.items {
		var err error
		if t.items[i], err = p.set.At(t.split, t.first+i); err != nil {
			return err
		}
	}
	return nil
}

// write stores a part without the rows of skipped images.
func (p *pipeline) write(t *part) error {
	width := t.views * t.features.Cols
	all := f32.Of(t.n, width, t.features.Data)
	out := cache.Part{Split: string(t.split), Index: t.index}
	for i, reason := range t.reasons {
		it := t.items[i]
		if reason != "" {
			out.Skipped = append(out.Skipped, cache.Skip{File: it.Name, Reason: reason})
			continue
		}
		copy(all.Row(len(out.Files)), all.Row(i))
		out.Files, out.Labels = append(out.Files, it.Name), append(out.Labels, it.Label)
		out.Clients = append(out.Clients, it.Client)
	}
	out.Features = all.Top(len(out.Files))
	err := p.writer.WritePart(out)
	t.features, t.items, t.reasons = f32.Matrix{}, nil, nil // they may be large, and the list of parts is long
	if err != nil {
		return fmt.Errorf("featurize: %w", err)
	}
	return nil
}
