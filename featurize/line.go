package featurize

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// line is the work on images: decoders fill batches, encoders empty them. Queues are short, so memory does not grow
// with the number of images.
type line struct {
	Pace
	view    *pixel.Recipe
	encoder models.Encoder
	tokens  *Tokens // that are kept, too; nil: none are

	cancel   context.CancelCauseFunc
	prepared chan *batch
	buffers  sync.Pool // of *[]float32, the pixels of batches that are done
}

// job is what batches are cut from. It knows its images by number.
type job interface {
	name(i int) string
	read(i int) ([]byte, error) // the bytes of image i
	random(i, view int) *rand.Rand
	bad(i int, err error) error // image i cannot be read: an error stops the work, nil leaves the image out
	// done takes a row for each view of the images b.rows. It may keep them.
	done(b *batch, rows f32.Matrix) error
}

// batch is a stretch of a job that goes through the tower at once: a few images with all their views.
type batch struct {
	job
	first, n int // images of the job
	views    int // of each image, the plain one included
	pixels   []float32
	rows     []int      // images of the job that were decoded, in order
	tokens   f32.Matrix // a row for each of their views, where tokens are kept
}

// run does the batches that feed hands out, until feed returns. Its first error, or that of a batch, stops everything.
func (l *line) run(ctx context.Context, feed func(ctx context.Context, todo chan<- *batch) error) error {
	ctx, l.cancel = context.WithCancelCause(ctx)
	defer l.cancel(nil)
	todo := make(chan *batch)
	l.prepared = make(chan *batch, l.Threads)
	var decoders, encoders sync.WaitGroup
	for range l.Workers {
		decoders.Go(func() {
			for b := range todo {
				l.guard(l.decode(ctx, b))
			}
		})
	}
	for range l.Threads {
		encoders.Go(func() {
			for b := range l.prepared {
				l.guard(l.encode(ctx, b))
			}
		})
	}
	l.guard(feed(ctx, todo))
	close(todo)
	decoders.Wait()
	close(l.prepared)
	encoders.Wait()
	return context.Cause(ctx)
}

// guard makes the first error stop everything.
func (l *line) guard(err error) {
	if err != nil {
		l.cancel(err)
	}
}

// decode reads the images of a batch and prepares their views.
func (l *line) decode(ctx context.Context, b *batch) error {
	size := l.size()
	b.pixels = l.buffer(b.n * b.views * size)
	rest := b.pixels
	for i := range b.n {
		if ctx.Err() != nil {
			return nil
		}
		at := b.first + i
		img, err := l.open(b, at)
		if err != nil {
			if err := b.bad(at, err); err != nil {
				return err
			}
			continue
		}
		l.view.Apply(img, rest[:size])
		for v := 1; v < b.views; v++ {
			l.view.ApplyRandom(img, b.random(at, v), rest[v*size:(v+1)*size])
		}
		rest = rest[b.views*size:]
		b.rows = append(b.rows, at)
	}
	send(ctx, l.prepared, b)
	return nil
}

// send reports whether v was taken before the work was stopped.
func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// size is the length of a picture's prepared pixels.
func (l *line) size() int { return 3 * l.view.Size() * l.view.Size() }

// buffer is room for n numbers, with anything in it.
func (l *line) buffer(n int) []float32 {
	if b, ok := l.buffers.Get().(*[]float32); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]float32, n)
}

func (l *line) open(j job, i int) (*pixel.RGB, error) {
	data, err := j.read(i)
	if err != nil {
		return nil, err
	}
	return l.view.Decode(data)
}

// encode runs the image tower on a batch, and gives the rows to its job. The tower never sees more rows at a time than
// the options say.
func (l *line) encode(ctx context.Context, b *batch) error {
	if ctx.Err() != nil {
		return nil
	}
	n, width, size := len(b.rows)*b.views, l.encoder.Traits().Width, l.size()
	out := f32.New(n, width)
	for first := 0; first < n; first += l.Batch {
		rows := min(l.Batch, n-first)
		some, to := b.pixels[first*size:(first+rows)*size], out.Data[first*width:(first+rows)*width]
		var err error
		if l.tokens != nil {
			err = l.tokens.encode(l.encoder, b, n, first, rows, some, to)
		} else {
			err = l.encoder.EncodeImages(some, rows, to)
		}
		if err != nil {
			return err
		}
	}
	pixels := b.pixels
	b.pixels = nil
	l.buffers.Put(&pixels)
	for k, at := range b.rows {
		if !f32.Finite(out.Data[k*b.views*width : (k+1)*b.views*width]) {
			return fault.Corruptf("featurize: the image tower gives values that are not finite for %s", b.name(at))
		}
	}
	return b.done(b, out)
}
