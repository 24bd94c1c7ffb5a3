package pictures

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	shown "github.com/fedpurel/fedpurel/fed/report/pictures"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Album is where pictures of test images come from.
type Album struct {
	shown.Source        // nil: there is none
	PerClass     int    // pictures are of the first so many test images of a class; 0: of any
	Missing      string // why there is none, where it is not just that nobody asked for thumbnails
	close        []io.Closer
}

// OpenAlbum finds the pictures of the test images of a run's cache: its thumbnails, else the data set itself, where it
// is still at its place. That there is none is no error; why, never names a path.
func OpenAlbum(dir, fingerprint string) *Album {
	is, err := cache.Fingerprint(dir)
	switch {
	case fault.KindOf(err) == fault.Missing:
		return &Album{Missing: "There are no pictures of the test images: the cache of the runs is not at its place " +
			"any more."}
	case err != nil || is != fingerprint:
		return &Album{Missing: "There are no pictures of the test images: the cache at the place of the runs' cache " +
			"is another one, or damaged."}
	}
	thumbs, perClass, err := cache.Pictures(dir)
	if err == nil {
		return &Album{Source: thumbs, PerClass: perClass, close: []io.Closer{thumbs}}
	}
	if originals := openOriginals(dir); originals != nil {
		return originals
	}
	if fault.KindOf(err) != fault.Missing {
		return &Album{Missing: "There are no pictures of the test images: those that the cache keeps are damaged. " +
			"`fedpurel featurize --thumbnails 8 --resume`, with the other options that the cache was made with, " +
			"makes them anew."}
	}
	return &Album{}
}

// openOriginals opens the data set that the cache in dir was made of, or returns nil.
func openOriginals(dir string) *Album {
	origin, ok := cache.OriginOf(dir)
	if !ok || origin.Data == "" {
		return nil
	}
	var o dataset.Options
	if json.Unmarshal(origin.Options, &o) != nil {
		return nil
	}
	set, err := all.Open(origin.Data, o)
	if err != nil {
		return nil
	}
	originals, err := featurize.NewOriginals(set, dir)
	if err != nil {
		_ = set.Close() // read-only
		return nil
	}
	return &Album{Source: originals, close: []io.Closer{set}}
}

// Close closes files.
func (a *Album) Close() error {
	var errs []error
	for _, c := range a.close {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
