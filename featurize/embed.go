package featurize

import (
	"context"
	"iter"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Image is a picture that can be embedded. Read gives the bytes of its file; it is called once, maybe while other
// images are read.
type Image interface {
	Name() string
	Read() ([]byte, error)
}

// Pace says how many work at once.
type Pace struct {
	Batch   int // images in one call of the image tower
	Workers int // goroutines that decode
	Threads int // goroutines that run the image tower
}

func (p Pace) check() error {
	if p.Batch < 1 || p.Workers < 1 || p.Threads < 1 {
		return fault.Usagef("featurize: batch %d, workers %d and threads %d must be at least 1",
			p.Batch, p.Workers, p.Threads)
	}
	return nil
}

// Embedded is a stretch of images, in order: a row for each one that could be read.
type Embedded[I Image] struct {
	Images []I
	Errs   []error    // why image i has no row; nil: it has one
	Rows   f32.Matrix // of those that have one, as the encoder gives them
}

// Embed turns images into embeddings as Run does, but keeps nothing: each stretch is given to each, in order and from
// one goroutine, and then forgotten, so that memory does not grow with the number of images. An image that cannot be
// read or decoded is no error of Embed. What each returns, or the encoder, stops the work and is returned.
func Embed[I Image](
	ctx context.Context, images iter.Seq[I], view *pixel.Recipe, encoder models.Encoder, pace Pace,
	each func(Embedded[I]) error,
) error {
	if err := pace.check(); err != nil {
		return err
	}
	ahead := 4 * (pace.Workers + pace.Threads)
	s := &stream[I]{
		line:  line{view: view, encoder: encoder, Pace: pace},
		room:  make(chan struct{}, ahead),
		ready: make(chan *stretch[I], ahead),
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var worked error
	go func() {
		defer close(s.ready)
		worked = s.run(ctx, func(ctx context.Context, todo chan<- *batch) error {
			s.feed(ctx, images, todo)
			return nil
		})
	}()
	waiting := map[int]*stretch[I]{} // for those before them
	next := 0
	for done := range s.ready {
		waiting[done.number] = done
		for t := waiting[next]; t != nil && ctx.Err() == nil; t = waiting[next] {
			delete(waiting, next)
			if err := each(t.Embedded); err != nil {
				cancel(err)
			}
			next++
			<-s.room
		}
	}
	if worked == nil { // each may have ended it after the last stretch was done
		worked = context.Cause(ctx)
	}
	return worked
}

// stream is the work of Embed: a stretch is in it from when its images are named until it was given away, and there
// is room for a few.
type stream[I Image] struct {
	line
	room  chan struct{}
	ready chan *stretch[I] // as they are done
}

// stretch is a batch's job.
type stretch[I Image] struct {
	Embedded[I]
	*stream[I]
	number int
}

// feed names images until there are no more.
func (s *stream[I]) feed(ctx context.Context, images iter.Seq[I], todo chan<- *batch) {
	number := 0
	give := func(some []I) bool {
		t := &stretch[I]{Embedded[I]{Images: some, Errs: make([]error, len(some))}, s, number}
		number++
		return send(ctx, s.room, struct{}{}) && send(ctx, todo, &batch{job: t, n: len(some), views: 1})
	}
	var some []I
	for p := range images {
		if some = append(some, p); len(some) == s.Batch {
			if !give(some) {
				return
			}
			some = nil
		}
	}
	if len(some) > 0 {
		give(some)
	}
}

func (t *stretch[I]) name(i int) string { return t.Images[i].Name() }

func (t *stretch[I]) read(i int) ([]byte, error) { return t.Images[i].Read() }

// random is for none: an image has its plain view alone.
func (t *stretch[I]) random(int, int) *rand.Rand { return nil }

func (t *stretch[I]) bad(i int, err error) error {
	t.Errs[i] = err
	return nil
}

// done finds room: there is some for every stretch.
func (t *stretch[I]) done(_ *batch, rows f32.Matrix) error {
	t.Rows = rows
	t.ready <- t
	return nil
}
