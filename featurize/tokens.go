package featurize

import (
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models"
	inside "github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Tokens are the states of images' tokens that are kept beside features, for what is trained inside the last blocks of
// the image tower.
type Tokens struct {
	Info cache.TokensInfo
	// Tower is the end of the image tower, from these states on.
	Tower *inside.Vision
}

// NewTokens keeps what the blocks of a tower need, of an encoder whose image tower is tapped before them.
func NewTokens(e models.Encoder, tower *inside.Vision) (*Tokens, error) {
	tapped, is := e.(models.TokenEncoder)
	if !is {
		panic("featurize: tokens of an encoder that gives none")
	}
	length, width := tapped.Tokens()
	if width != tower.Width() {
		return nil, fault.Corruptf("featurize: tokens are %d wide, and the blocks found in the file %d",
			width, tower.Width())
	}
	return &Tokens{cache.TokensInfo{Blocks: tower.Blocks(), Length: length, Width: width}, tower}, nil
}

// info is what is kept; nil: nothing is.
func (t *Tokens) info() *cache.TokensInfo {
	if t == nil {
		return nil
	}
	return &t.Info
}

// encode embeds some pictures of a batch of n, from the first on, and keeps their tokens.
func (t *Tokens) encode(e models.Encoder, b *batch, n, first, rows int, pixels, out []float32) error {
	l, d := t.Info.Length, t.Info.Width
	states := f32.New(rows*l, d)
	if err := e.(models.TokenEncoder).EncodeTokens(pixels, rows, out, states.Data); err != nil {
		return err
	}
	if b.tokens.Data == nil {
		b.tokens = f32.New(n, t.Info.Columns())
	}
	if t.Info.Blocks > 1 {
		copy(b.tokens.Data[first*l*d:], states.Data)
		return nil
	}
	in := t.Tower.Normalised(inside.Work{}, states, l)
	for i := range rows {
		row := b.tokens.Row(first + i)
		copy(row, in.Tokens.Data[i*l*d:(i+1)*l*d])
		copy(row[l*d:], in.Class.Row(i))
	}
	return nil
}
