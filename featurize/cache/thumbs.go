package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache/thumbs"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Thumbs is a file of small pictures of the first images of each class of a split, for people to look at. What runs
// depend on does not hold it: a cache has the same fingerprint with and without.
type Thumbs struct {
	File
	PerClass int `json:"per_class"` // how many images of a class have one, at most
	Pictures int `json:"pictures"`
}

// picturedSplit is the split whose images have thumbnails; in the folder of parts, pileFile holds them before rows are
// known.
const (
	picturedSplit = "test"
	pileFile      = picturedSplit + thumbsEnding
	thumbsEnding  = ".thumbs.zip"
)

// HasThumbs tells whether the thumbnails that the contents ask for are there, of this process or of earlier work.
func (w *Writer) HasThumbs() bool {
	e := w.journal.once(pileFile)
	return w.contents.Thumbnails == 0 || e != nil && e.PerClass == w.contents.Thumbnails
}

// PutThumbs stores the thumbnails that fill gives.
func (w *Writer) PutThumbs(fill func(*thumbs.Pile) error) error {
	file, err := storePile(w.journal.dir, pileFile, fill)
	if err != nil {
		return err
	}
	return w.journal.add(entry{Once: pileFile, PerClass: w.contents.Thumbnails, SHA256: file.SHA256})
}

func storePile(dir, name string, fill func(*thumbs.Pile) error) (File, error) {
	return store(dir, name, func(out io.Writer) error {
		pile := thumbs.NewPile(out)
		if err := fill(pile); err != nil {
			return err
		}
		return pile.Close()
	})
}

// thumbs gives the pile's pictures their rows.
func (j *joining) thumbs(parts []held) (*Thumbs, error) {
	pile := j.once.once(pileFile)
	if pile == nil || pile.PerClass != j.contents.Thumbnails {
		return nil, fault.Missingf("cache: the thumbnails of %s are missing; run the command that made it again with "+
			"--resume", j.once.dir)
	}
	if err := j.once.whole(pile); err != nil {
		return nil, err
	}
	return arrange(j.dir, filepath.Join(j.once.dir, pileFile), pile.PerClass,
		func(image func(label int32, name string) error) error { return eachImage(parts, image) })
}

// arrange stores the pictures of a pile by the rows of the images that each goes through.
func arrange(
	dir, pile string, perClass int, each func(image func(label int32, name string) error) error,
) (*Thumbs, error) {
	t := &Thumbs{PerClass: perClass}
	var err error
	t.File, err = store(dir, pileFile, func(out io.Writer) error {
		t.Pictures, err = thumbs.Arrange(out, pile, each)
		return err
	})
	return t, err
}

// Illustrate gives a finished cache the thumbnails that fill makes, in place of those that it has. Features, labels and
// the fingerprint stay. A process that is killed leaves a whole cache, with or without thumbnails.
func Illustrate(dir string, perClass int, fill func(*thumbs.Pile) error) (*Manifest, error) {
	release, err := durable.Hold(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	defer release()
	sweep(dir)
	c, err := Map(dir)
	if err != nil {
		return nil, err
	}
	defer c.Close() // read-only
	s, err := c.Split(picturedSplit)
	if err != nil {
		return nil, err
	}
	if s.info.Files == nil {
		return nil, fault.Usagef("cache: %s does not know the names of its images", dir)
	}
	if err := verifyFile(context.Background(), dir, *s.info.Files); err != nil {
		return nil, err
	}
	const pile = ".pile.tmp" // sweep removes what a killed process leaves
	defer os.Remove(filepath.Join(dir, pile))
	if _, err := storePile(dir, pile, fill); err != nil {
		return nil, err
	}
	if s.info.Thumbs != nil { // so that the manifest never names a file that was replaced
		if err := c.Manifest.illustrate(dir, nil); err != nil {
			return nil, err
		}
	}
	t, err := arrange(dir, filepath.Join(dir, pile), perClass, func(image func(int32, string) error) error {
		row, failed := 0, error(nil)
		err := s.eachFile(func(name string) {
			if failed == nil {
				failed = image(s.labels[row], name)
			}
			row++
		})
		return errors.Join(err, failed)
	})
	if err != nil {
		return nil, err
	}
	return c.Manifest, c.Manifest.illustrate(dir, t)
}

// illustrate writes the manifest with other thumbnails, or none.
func (m *Manifest) illustrate(dir string, t *Thumbs) error {
	for i := range m.Splits {
		if m.Splits[i].Name == picturedSplit {
			m.Splits[i].Thumbs = t
		}
	}
	return m.put(dir)
}

// Illustrated says of how many images of each class the cache in dir, or the shard, keeps thumbnails, at most. Damaged
// ones do not count.
func Illustrated(dir string) (perClass int, err error) {
	if s, err := openShard(dir); err == nil {
		return s.contents.Thumbnails, nil
	}
	album, perClass, err := Pictures(dir)
	switch fault.KindOf(err) {
	case fault.Missing, fault.Mismatch, fault.Corrupt:
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return perClass, album.Close()
}

// Pictures opens the thumbnails of the test images of the cache in dir, by the rows of its test split, and says of how
// many images of each class there is one at most. Without any, the error is of the kind fault.Missing and says how to
// make them.
func Pictures(dir string) (album *thumbs.Album, perClass int, err error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, 0, err
	}
	for _, s := range m.Splits {
		if s.Name != picturedSplit || s.Thumbs == nil {
			continue
		}
		if err := verifyFile(context.Background(), dir, s.Thumbs.File); err != nil {
			return nil, 0, err
		}
		album, err := thumbs.Open(filepath.Join(dir, s.Thumbs.Name), s.Rows)
		return album, s.Thumbs.PerClass, err
	}
	return nil, 0, fault.Missingf("no pictures of the test images are kept: make them with " +
		"`fedpurel featurize --thumbnails 8 --resume`, with the other options as they were")
}

// checkThumbs reads all thumbnails of a split.
func (s *Split) checkThumbs() error {
	if s.info.Thumbs == nil {
		return nil
	}
	album, err := thumbs.Open(filepath.Join(s.dir, s.info.Thumbs.Name), s.Len())
	if err != nil {
		return err
	}
	if n := album.Len(); n != s.info.Thumbs.Pictures {
		err = fault.Corruptf("cache: %s holds %d pictures, the manifest says %d",
			filepath.Join(s.dir, s.info.Thumbs.Name), n, s.info.Thumbs.Pictures)
	}
	return errors.Join(err, album.Check(), album.Close())
}
