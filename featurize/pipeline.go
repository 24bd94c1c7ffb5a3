package featurize

import (
	"context"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
)

// pipeline fills a cache with the embeddings of a data set: images in batches of parts, and whoever finishes a part
// writes it.
type pipeline struct {
	line
	set     dataset.Source
	writer  *cache.Writer
	plan    cache.Contents
	options Options
	report  *Report

	total int
	mu    sync.Mutex // guards report and the parts' progress
	parts []*part
}

// run does all parts of the shard that are not on disk yet.
func (p *pipeline) run(ctx context.Context) error {
	number := 0 // of the part, over all splits
	for _, split := range splits {
		n, views := p.set.Len(split), 1+p.writer.Views(string(split))
		for i := range p.plan.Parts(n) {
			first := i * p.plan.PartRows()
			size := min(p.plan.PartRows(), n-first)
			mine := p.options.Shard.Has(number)
			number++
			if !mine {
				continue
			}
			p.total += size
			if p.writer.Done(string(split), i, p.options.Skip) {
				p.report.Resumed += size
				continue
			}
			t := &part{pipeline: p, split: split, index: i, first: first, n: size, views: views}
			p.parts = append(p.parts, t)
		}
	}
	p.observe()
	return p.line.run(ctx, p.feed)
}

// feed hands out the batches in order.
func (p *pipeline) feed(ctx context.Context, todo chan<- *batch) error {
	for _, part := range p.parts {
		if err := part.list(); err != nil {
			return err
		}
		images := max(p.Batch/part.views, 1)
		part.remaining = (part.n + images - 1) / images
		for first := 0; first < part.n; first += images {
			b := &batch{job: part, first: first, n: min(images, part.n-first), views: part.views}
			if !send(ctx, todo, b) {
				return nil
			}
		}
	}
	return nil
}

func (p *pipeline) observe() {
	if p.options.Observe == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock() // calls must not overlap
	p.options.Observe(p.report.Images+p.report.Resumed, p.total)
}
