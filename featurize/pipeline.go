package featurize

import (
	"context"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// pipeline is the work on images: decoders fill batches, encoders empty them into parts, and whoever finishes a part
// writes it. Queues are short, so memory does not grow with the data set.
type pipeline struct {
	set     dataset.Source
	view    *pixel.Recipe
	encoder models.Encoder
	writer  *cache.Writer
	options Options
	report  *Report

	total    int
	mu       sync.Mutex // guards report and the parts' progress
	cancel   context.CancelCauseFunc
	parts    []*part
	prepared chan *batch
	buffers  sync.Pool // of *[]float32, the pixels of batches that are done
}

// batch is a stretch of a part that goes through the tower at once: a few images with all their views.
type batch struct {
	part     *part
	first, n int // images of the part
	pixels   []float32
	rows     []int // images of the part that were decoded, in order
}

// run does all parts of the shard that are not on disk yet.
func (p *pipeline) run(ctx context.Context) error {
	ctx, p.cancel = context.WithCancelCause(ctx)
	defer p.cancel(nil)
	number := 0 // of the part, over all splits
	for _, split := range splits {
		n, views := p.set.Len(split), 1+p.writer.Views(string(split))
		for i := range cache.Parts(n) {
			first := i * cache.PartRows
			size := min(cache.PartRows, n-first)
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
			p.parts = append(p.parts, &part{split: split, index: i, first: first, n: size, views: views})
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
		if err := p.list(part); err != nil {
			p.cancel(err)
			return
		}
		images := max(p.options.Batch/part.views, 1)
		part.remaining = (part.n + images - 1) / images
		for first := 0; first < part.n; first += images {
			select {
			case todo <- &batch{part: part, first: first, n: min(images, part.n-first)}:
			case <-ctx.Done():
				return
			}
		}
	}
}

// decode reads the images of a batch and prepares their views.
func (p *pipeline) decode(ctx context.Context, b *batch) error {
	size := 3 * p.view.Size() * p.view.Size()
	b.pixels = p.buffer(b.n * b.part.views * size)
	rest := b.pixels
	for i := range b.n {
		if ctx.Err() != nil {
			return nil
		}
		at := b.first + i
		it := b.part.items[at]
		img, err := p.open(it)
		if err != nil {
			kind := fault.KindOf(err)
			if !ownFault(err) {
				return fault.Errorf(kind, "featurize: image %s: %w; run the command again with --resume", it.Name, err)
			}
			if !p.options.Skip {
				return fault.Errorf(kind, "featurize: image %s: %w; repair or remove it, or go on without such "+
					"images with --on-error skip", it.Name, err)
			}
			b.part.reasons[at] = err.Error()
			continue
		}
		p.view.Apply(img, rest[:size])
		for v := 1; v < b.part.views; v++ {
			rng := seed.Root(p.options.ViewSeed).Stream(seed.View, uint64(b.part.first+at), uint64(v))
			p.view.ApplyRandom(img, rng, rest[v*size:(v+1)*size])
		}
		rest = rest[b.part.views*size:]
		b.rows = append(b.rows, at)
	}
	select {
	case p.prepared <- b:
	case <-ctx.Done():
	}
	return nil
}

// buffer is room for n numbers, with anything in it.
func (p *pipeline) buffer(n int) []float32 {
	if b, ok := p.buffers.Get().(*[]float32); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]float32, n)
}

func (p *pipeline) open(it dataset.Item) (*pixel.RGB, error) {
	data, err := p.set.Read(it)
	if err != nil {
		return nil, err
	}
	return p.view.Decode(data)
}

// encode runs the image tower on a batch, and writes the part if the batch was its last. The tower never sees more
// rows at a time than the options say.
func (p *pipeline) encode(ctx context.Context, b *batch) error {
	if ctx.Err() != nil {
		return nil
	}
	n, width, size := len(b.rows)*b.part.views, p.encoder.Traits().Width, 3*p.view.Size()*p.view.Size()
	out := f32.New(n, width)
	for first := 0; first < n; first += p.options.Batch {
		rows := min(p.options.Batch, n-first)
		pixels, to := b.pixels[first*size:(first+rows)*size], out.Data[first*width:(first+rows)*width]
		if err := p.encoder.EncodeImages(pixels, rows, to); err != nil {
			return err
		}
	}
	p.buffers.Put(&b.pixels)
	for k, at := range b.rows {
		rows := out.Data[k*b.part.views*width : (k+1)*b.part.views*width]
		if !f32.Finite(rows) {
			return fault.Corruptf("featurize: the image tower gives values that are not finite for %s",
				b.part.items[at].Name)
		}
		copy(b.part.features.Data[at*b.part.views*width:], rows)
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

func (p *pipeline) observe() {
	if p.options.Observe == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock() // calls must not overlap
	p.options.Observe(p.report.Images+p.report.Resumed, p.total)
}
