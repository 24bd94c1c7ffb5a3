package cache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// TokensInfo says which states of images' tokens a cache holds: what goes into the last Blocks of the encoder's image
// tower, of L tokens, the class token first, each D wide.
//
// A row of one block has LN₁ x of all tokens, and then x of the class token, (L+1)·D columns; of more blocks it has x
// of all tokens, L·D columns.
type TokensInfo struct {
	Blocks int `json:"blocks"`
	Length int `json:"length"` // L
	Width  int `json:"width"`  // D
}

// Columns is the number of columns of a row.
func (t TokensInfo) Columns() int {
	if t.Blocks == 1 {
		return (t.Length + 1) * t.Width
	}
	return t.Length * t.Width
}

// possible refuses numbers from a file that no program of ours wrote.
func (t TokensInfo) possible() bool {
	const most = 1 << 16
	return t.Blocks >= 1 && t.Blocks <= most && t.Length >= 2 && t.Length <= most && t.Width >= 1 && t.Width <= most
}

// tokenPartRows bounds the rows of tokens, of images and their views, in a part.
const tokenPartRows = 128

// tokensFile is where the tokens of a part lie: in the cache's folder from the start, since they are too many to be
// copied.
func tokensFile(split string, part int) string { return fmt.Sprintf("%s.tokens.%05d.npy", split, part) }

// isTokensFile reports whether a name is such a file's, of a split.
func isTokensFile(name, split string) bool {
	return strings.HasPrefix(name, split+".tokens.") && strings.HasSuffix(name, ".npy")
}

// writeTokens stores the tokens of a part in float16.
func (w *Writer) writeTokens(p Part) (File, error) {
	limit := float32(65504)
	for i := range p.Tokens.Rows {
		for _, v := range p.Tokens.Row(i) {
			if !(v <= limit && v >= -limit) {
				return File{}, fault.Corruptf("cache: a token of %s has a value that float16 cannot hold (%g); "+
					"leave --tokens out", p.Files[i], v)
			}
		}
	}
	info := w.contents.Tokens
	views := 1 + w.contents.ViewsOf(p.Split)
	return store(w.dir, tokensFile(p.Split, p.Index), func(out io.Writer) error {
		buffered := bufio.NewWriterSize(out, 1<<16)
		if err := npy.WriteFloat16(buffered, p.Tokens.Data, p.Tokens.Rows, views, info.Columns()); err != nil {
			return err
		}
		return buffered.Flush()
	})
}

// TokenBytes is the room that the tokens of all images take.
func (p Contents) TokenBytes() (bytes int64) {
	if p.Tokens == nil {
		return 0
	}
	for _, s := range p.Splits {
		bytes += int64(s.Rows) * int64(1+p.ViewsOf(s.Name)) * int64(p.Tokens.Columns()) * 2
	}
	return bytes
}

// takeTokens has a part's tokens in the cache's folder, where they may be already: else they are linked, or copied
// where that cannot be.
func (j *joining) takeTokens(e held) (File, error) {
	name := tokensFile(e.Split, e.Part)
	from, to := filepath.Join(filepath.Dir(e.journal.dir), name), filepath.Join(j.dir, name)
	if a, errA := os.Stat(from); errA == nil {
		if b, errB := os.Stat(to); errB == nil && os.SameFile(a, b) {
			return File{name, e.Tokens}, nil
		}
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return File{}, fmt.Errorf("cache: %w", err)
	}
	if os.Link(from, to) == nil {
		return File{name, e.Tokens}, nil
	}
	return copyFile(j.dir, name, from)
}

// Tokens are a split's rows of tokens. They are a fed.Source, and a fed.Viewer where images have views.
type Tokens struct {
	split *Split
	files []*npy.Array
	first []int // row of each file
}

// openTokens maps a split's tokens, if there are any.
func (c *Cache) openTokens(s *Split) error {
	info := c.Manifest.Tokens
	if info == nil {
		if len(s.info.Tokens) > 0 {
			return fault.Corruptf("cache: the manifest of %s names tokens and does not say of what kind", c.Dir)
		}
		return nil
	}
	s.tokens = &Tokens{split: s}
	rows := 0
	for _, file := range s.info.Tokens {
		a, err := npy.Open(filepath.Join(c.Dir, file.Name))
		if err != nil {
			return err
		}
		s.tokens.files, s.tokens.first = append(s.tokens.files, a), append(s.tokens.first, rows)
		if len(a.Shape) != 3 || a.Shape[1] != 1+s.Views() || a.Shape[2] != info.Columns() || a.DType != "<f2" {
			return fault.Corruptf("cache: %s holds %s %v, the manifest says <f2 (n, %d, %d)",
				a.Path(), a.DType, a.Shape, 1+s.Views(), info.Columns())
		}
		rows += a.Shape[0]
	}
	if rows != s.info.Rows {
		return fault.Corruptf("cache: the token files of %s of %s hold %d rows, the manifest says %d",
			s.info.Name, c.Dir, rows, s.info.Rows)
	}
	return nil
}

// Tokens are the split's rows of tokens. Where the cache has none that is an error, which says how to make them.
func (s *Split) Tokens() (*Tokens, error) {
	if s.tokens == nil {
		return nil, fault.Usagef("the cache %s holds no tokens, which modules inside the image tower work on; "+
			"make one with `fedpurel featurize --tokens N`", s.dir)
	}
	return s.tokens, nil
}

// Len, Labels and Views are the split's.
func (t *Tokens) Len() int        { return t.split.Len() }
func (t *Tokens) Labels() []int32 { return t.split.Labels() }
func (t *Tokens) Views() int      { return t.split.Views() }

// Dim is the number of columns of a row.
func (t *Tokens) Dim() int {
	if len(t.files) == 0 {
		return 0
	}
	return t.files[0].Shape[2]
}

// Gather copies rows into dst, one after the other. A value that is not finite is an error that names row and image.
func (t *Tokens) Gather(dst f32.Matrix, rows []int) error { return t.GatherViews(dst, rows, nil) }

// GatherViews is Gather for view views[i] of row rows[i]; view 0 is the plain one, and no views at all stand for it.
func (t *Tokens) GatherViews(dst f32.Matrix, rows, views []int) error {
	d := t.Dim()
	if dst.Rows != len(rows) || dst.Cols != d || (views != nil && len(views) != len(rows)) {
		panic(fmt.Sprintf("cache: gather %d rows of %d into %d×%d", len(rows), d, dst.Rows, dst.Cols))
	}
	for i, r := range rows {
		file := sort.SearchInts(t.first, r+1) - 1
		at := (r - t.first[file]) * (1 + t.Views())
		if views != nil {
			at += views[i]
		}
		a := t.files[file]
		if halves, native := a.Halves(at*d, d); native {
			f32.Widen(dst.Row(i), halves)
		} else {
			a.Float32At(dst.Row(i), at*d)
		}
		if !f32.Finite(dst.Row(i)) {
			return fault.Corruptf("cache: %s, tokens of row %d%s are not finite; make the cache again",
				a.Path(), r, t.split.name(r))
		}
	}
	return nil
}

// verify reads all rows.
func (t *Tokens) verify(ctx context.Context) error {
	row := f32.New(1, t.Dim())
	for r := range t.Len() {
		for v := range 1 + t.Views() {
			if err := errors.Join(ctx.Err(), t.GatherViews(row, []int{r}, []int{v})); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tokens) close() (err error) {
	for _, a := range t.files {
		err = errors.Join(err, a.Close())
	}
	return err
}
