package inside

import (
	"fmt"

	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// vision reads the last blocks of the image tower: as many as the cache holds tokens for.
func (l *loader) vision(to *peft.VisionTower) (notes []string, err error) {
	split, err := l.cache.Split("train")
	if err != nil {
		return nil, err
	}
	if _, err := split.Tokens(); err != nil {
		return nil, err
	}
	tokens := l.cache.Manifest.Tokens
	read, err := weights.Vision(l.model, tokens.Blocks)
	if err != nil {
		return nil, err
	}
	*to = peft.VisionTower{
		Tower: encoder.NewVision(read.VisionWeights), Blocks: tokens.Blocks, Length: tokens.Length, Width: tokens.Width,
	}
	if to.Tower.Width() != tokens.Width {
		return nil, fault.Mismatchf("the image tower of %s is %d wide, the tokens of %s are %d: make the cache anew",
			l.called(), to.Tower.Width(), l.cache.Dir, tokens.Width)
	}
	return nil, l.checkImages(*to)
}

// checkedImages is how many images' features are compared.
const checkedImages = 4

// checkImages compares the tower with the cache's embeddings of some images.
func (l *loader) checkImages(tower peft.VisionTower) error {
	split, err := l.cache.Split("train")
	if err != nil {
		return err
	}
	tokens, err := split.Tokens()
	if err != nil {
		return err
	}
	rows := spread(checkedImages, split.Len())
	x, cached := f32.New(len(rows), tower.Columns()), f32.New(len(rows), split.Dim())
	if err := tokens.Gather(x, rows); err != nil {
		return err
	}
	if err := split.Gather(cached, rows); err != nil {
		return err
	}
	features := (&peft.Inside{Vision: tower}).ZeroShot(nil, x)
	for i, row := range rows {
		if err := l.compare(fmt.Sprintf("training image %d", row), features.Row(i), cached.Row(i)); err != nil {
			return err
		}
	}
	return nil
}
