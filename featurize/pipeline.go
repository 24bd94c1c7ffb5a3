package featurize

import (
	"context"
	"fmt"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// pipeline is the work on images: decoders fill batches, encoders empty them into parts, and whoever finishes a part
// writes it. Queues are short, so memory does not grow with the data set.
type pipeline struct {
	set     dataset.Source
	view    *pixel.Plan
	encoder models.Encoder
	writer  *cache.Writer
	options Options
	report  *Report

	total    int
	mu       sync.Mutex // guards report and the parts' progress
	cancel   context.CancelCauseFunc
	parts    []*part
	prepared chan *batch
}

// part is a stretch of a split that is written as one file.
type part struct {
	split     dataset.Split
	index     int
	first, n  int        // images of the split
	features  f32.Matrix // a row for each image, skipped ones included
	reasons   []string   // why image i is skipped, or empty
	remaining int        // batches to go
}

// batch is a stretch of a part that goes through the tower at once.
type batch struct {
	part     *part
	first, n int // images of the part
	pixels   []float32
	rows     []int // images of the part that were decoded, in order
}

// run does all parts that are not on disk yet.
func (p *pipeline) run(ctx context.Context) error {
	ctx, p.cancel = context.WithCancelCause(ctx)
	defer p.cancel(nil)
	for _, split := range splits {
		n := p.set.Len(split)
		p.total += n
		for i := range cache.Parts(n) {
			first := i * cache.PartRows
			size := min(cache.PartRows, n-first)
			if p.writer.Done(string(split), i) {
				p.report.Resumed += size
				continue
			}
			p.parts = append(p.parts, &part{split: split, index: i, first: first, n: size})
		}
	}
	p.observe()

	todo := make(chan *batch)
	p.prepared = make(chan *batch, p.options.Threads)
	var decoders, encoders sync.WaitGroup
	for range p.options.Workers {
		decoders.Go(func() {
			for b := range todo {
				p.guard(p.decode(ctx, b))
			}
		})
	}
	for range p.options.Threads {
		encoders.Go(func() {
			for b := range p.prepared {
				p.guard(p.encode(ctx, b))
			}
		})
	}
	p.feed(ctx, todo)
	close(todo)
	decoders.Wait()
	close(p.prepared)
	encoders.Wait()
	return context.Cause(ctx)
}

// guard makes the first error stop everything.
func (p *pipeline) guard(err error) {
	if err != nil {
		p.cancel(err)
	}
}

// feed hands out the batches in order.
func (p *pipeline) feed(ctx context.Context, todo chan<- *batch) {
	for _, part := range p.parts {
		part.features, part.reasons = f32.New(part.n, p.encoder.Traits().Width), make([]string, part.n)
		part.remaining = (part.n + p.options.Batch - 1) / p.options.Batch
		for first := 0; first < part.n; first += p.options.Batch {
			select {
			case todo <- &batch{part: part, first: first, n: min(p.options.Batch, part.n-first)}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// decode reads and preprocesses the images of a batch.
func (p *pipeline) decode(ctx context.Context, b *batch) error {
	size := 3 * p.view.Size() * p.view.Size()
	b.pixels = make([]float32, b.n*size)
	for i := range b.n {
		if ctx.Err() != nil {
			return nil
		}
		at := b.first + i
		it := p.set.At(b.part.split, b.part.first+at)
		img, err := p.open(it)
		if err != nil {
			if !p.options.Skip {
				return fault.Errorf(fault.KindOf(err), "featurize: image %s: %w; repair or remove it, or go on without such images with --on-error skip", it.Name, err)
			}
			b.part.reasons[at] = err.Error()
			continue
		}
		k := len(b.rows)
		p.view.Apply(img, b.pixels[k*size:(k+1)*size])
		b.rows = append(b.rows, at)
	}
	select {
	case p.prepared <- b:
	case <-ctx.Done():
	}
	return nil
}

func (p *pipeline) open(it dataset.Item) (*pixel.RGB, error) {
	data, err := p.set.Read(it)
	if err != nil {
		return nil, err
	}
	return p.view.Decode(data)
}

// encode runs the image tower on a batch, and writes the part if the batch was its last.
func (p *pipeline) encode(ctx context.Context, b *batch) error {
	if ctx.Err() != nil {
		return nil
	}
	if len(b.rows) > 0 {
		out := f32.New(len(b.rows), p.encoder.Traits().Width)
		if err := p.encoder.EncodeImages(b.pixels, len(b.rows), out.Data); err != nil {
			return err
		}
		for k, at := range b.rows {
			if !f32.Finite(out.Row(k)) {
				return fault.Corruptf("featurize: the image tower gives values that are not finite for %s", p.set.At(b.part.split, b.part.first+at).Name)
			}
			copy(b.part.features.Row(at), out.Row(k))
		}
	}
	p.mu.Lock()
	b.part.remaining--
	last := b.part.remaining == 0
	p.report.Images += b.n
	p.mu.Unlock()
	p.observe()
	if last {
		return p.write(b.part)
	}
	return nil
}

// write stores a part without the rows of skipped images.
func (p *pipeline) write(t *part) error {
	kept := 0
	var skipped []cache.Skip
	for i, reason := range t.reasons {
		if reason != "" {
			skipped = append(skipped, cache.Skip{File: p.set.At(t.split, t.first+i).Name, Reason: reason})
			continue
		}
		copy(t.features.Row(kept), t.features.Row(i))
		kept++
	}
	err := p.writer.WritePart(string(t.split), t.index, t.features.Top(kept), skipped)
	t.features = f32.Matrix{} // it may be large, and the list of parts is long
	if err != nil {
		return fmt.Errorf("featurize: %w", err)
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
