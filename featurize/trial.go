package featurize

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Trial is what decoding every image of a set found.
type Trial struct {
	Images   int        `json:"images"` // tried
	Bad      []BadImage `json:"bad"`    // in the order of the set
	Smallest *Picture   `json:"smallest,omitempty"`
	Largest  *Picture   `json:"largest,omitempty"` // of the good ones; the first of equals
}

// BadImage is an image that Run would stop at, or skip, and why.
type BadImage struct {
	Split  dataset.Split `json:"split"`
	File   string        `json:"file"`
	Reason string        `json:"reason"`
}

// Picture is an image with its size in pixels.
type Picture struct {
	File   string `json:"file"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

func (p *Picture) String() string { return fmt.Sprintf("%d×%d (%s)", p.Width, p.Height, p.File) }

// Good is the number of images that can be used.
func (t *Trial) Good() int { return t.Images - len(t.Bad) }

// Try reads and decodes every image of a set as Run does, without a model. Each of so many workers has one image in
// memory at a time. observe, if not nil, hears how many of how many are done; calls do not overlap.
func Try(ctx context.Context, set dataset.Source, workers int, observe func(done, total int)) (*Trial, error) {
	if workers < 1 {
		return nil, fault.Usagef("featurize: workers %d must be at least 1", workers)
	}
	t := &trying{set: set, observe: observe}
	for _, split := range splits {
		t.found.Images += set.Len(split)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var tried sync.WaitGroup
	for range workers {
		tried.Go(func() {
			for n := t.take(); n < t.found.Images && ctx.Err() == nil; n = t.take() {
				if err := t.try(n); err != nil {
					cancel(err)
				}
			}
		})
	}
	tried.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return t.finish(), nil
}

// trying is the work of Try. Images are numbered over all splits.
type trying struct {
	set     dataset.Source
	observe func(done, total int)

	mu                sync.Mutex // guards what follows
	next, done        int
	found             Trial
	bad               []numbered
	smallest, largest int // numbers of those pictures
}

// numbered is a bad image with its number.
type numbered struct {
	n int
	BadImage
}

// take is the number of the next image that nobody tries yet.
func (t *trying) take() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	return t.next - 1
}

// try decodes an image and notes what came of it. What is not the image's fault is an error.
func (t *trying) try(n int) error {
	split, i := splits[0], n
	if first := t.set.Len(split); n >= first {
		split, i = splits[1], n-first
	}
	it, err := t.set.At(split, i)
	if err != nil {
		return err
	}
	var img *pixel.RGB
	data, err := t.set.Read(it)
	if err == nil {
		img, err = pixel.Decode(data)
	}
	if err != nil && !ownFault(err) {
		return fault.Errorf(fault.KindOf(err), "featurize: image %s: %w", it.Name, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.bad = append(t.bad, numbered{n, BadImage{split, it.Name, err.Error()}})
	} else {
		t.measure(n, Picture{it.Name, img.W, img.H})
	}
	if t.done++; t.observe != nil {
		t.observe(t.done, t.found.Images)
	}
	return nil
}

// measure keeps the smallest and the largest picture, and of equal ones the first.
func (t *trying) measure(n int, p Picture) {
	area := func(p *Picture) int { return p.Width * p.Height }
	if s := t.found.Smallest; s == nil || area(&p) < area(s) || (area(&p) == area(s) && n < t.smallest) {
		t.found.Smallest, t.smallest = &p, n
	}
	if l := t.found.Largest; l == nil || area(&p) > area(l) || (area(&p) == area(l) && n < t.largest) {
		t.found.Largest, t.largest = &p, n
	}
}

// finish puts the bad images into the order of the set.
func (t *trying) finish() *Trial {
	slices.SortFunc(t.bad, func(a, b numbered) int { return a.n - b.n })
	t.found.Bad = []BadImage{}
	for _, b := range t.bad {
		t.found.Bad = append(t.found.Bad, b.BadImage)
	}
	return &t.found
}

// ownFault tells whether an error is that of the image, which may be skipped, and not of the disk or the program.
func ownFault(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Missing || kind == fault.Corrupt
}
