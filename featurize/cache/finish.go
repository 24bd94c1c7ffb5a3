package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// held is a part and the journal that it is in.
type held struct {
	*entry
	journal *journal
}

// Finish joins the parts, writes the manifest and removes what was temporary. All parts and the class embeddings
// must be there. The writer is closed.
func (w *Writer) Finish(ctx context.Context, versions map[string]string) (*Manifest, error) {
	j := joining{ctx: ctx, dir: w.dir, contents: w.contents, versions: versions, once: w.journal}
	m, err := j.join(func(split string, part int) (held, error) {
		return held{w.journal.find(split, part), w.journal}, nil
	})
	if err != nil {
		return nil, err
	}
	if err := w.journal.close(); err != nil { // some systems do not remove open files
		return nil, fmt.Errorf("cache: %w", err)
	}
	return m, errors.Join(os.RemoveAll(w.journal.dir), w.Close())
}

// joining makes a cache of parts.
type joining struct {
	ctx         context.Context
	dir         string
	contents    Contents
	versions    map[string]string
	once        *journal              // of the folder with class embeddings and projection
	observe     func(done, total int) // hears of parts; may be nil
	done, total int
}

// join makes a cache of the parts that find knows.
func (j *joining) join(find func(split string, part int) (held, error)) (*Manifest, error) {
	p := j.contents
	m := &Manifest{
		Format:     FormatVersion,
		Inputs:     p.hash(),
		Origin:     "featurize",
		Classes:    p.Classes,
		Templates:  p.Templates,
		TextSource: p.TextSource,
		LogitScale: p.LogitScale,
		Dim:        p.Dim,
		DType:      p.DType,
		Views:      p.Views,
		Tokens:     p.Tokens,
		ViewSeed:   p.ViewSeed,
		Model:      &p.Model,
		Data:       p.Data,
		Versions:   j.versions,
	}
	once := func(name string) (string, error) {
		e := j.once.once(name)
		if e == nil {
			return "", fault.Missingf("cache: %s of %s is missing; run the command that made it again with --resume",
				name, j.once.dir)
		}
		return filepath.Join(j.once.dir, name), j.once.whole(e)
	}
	text, err := once(textFile)
	if err != nil {
		return nil, err
	}
	if m.Text, err = copyFile(j.dir, textFile, text); err != nil {
		return nil, err
	}
	if p.Width > 0 {
		projection, err := once(projectionFile)
		if err != nil {
			return nil, err
		}
		if err := m.importProjection(j.dir, projection); err != nil {
			return nil, err
		}
		if m.Width != p.Width {
			return nil, fault.Corruptf("cache: the projection has %d columns, the features %d", m.Width, p.Width)
		}
	}
	for _, s := range p.Splits {
		j.total += p.Parts(s.Rows)
	}
	for _, s := range p.Splits {
		parts := make([]held, p.Parts(s.Rows))
		for i := range parts {
			if parts[i], err = find(s.Name, i); err != nil {
				return nil, err
			}
		}
		info, err := j.split(s, parts)
		if err != nil {
			return nil, err
		}
		m.Splits = append(m.Splits, info)
	}
	if err := m.put(j.dir); err != nil {
		return nil, err
	}
	return m, nil
}

// split concatenates the parts of a split. No more than a part is in memory at a time.
func (j *joining) split(s SplitContents, parts []held) (info SplitInfo, err error) {
	p := j.contents
	info.Name = s.Name
	for i, e := range parts {
		if e.entry == nil {
			panic(fmt.Sprintf("cache: finish without part %d of %s", i, s.Name))
		}
		info.Rows += e.Rows
		info.Skipped = append(info.Skipped, e.Skipped...)
		if err := e.journal.whole(e.entry); err != nil {
			return info, err
		}
	}
	switch {
	case info.Rows+len(info.Skipped) != s.Rows:
		return info, fault.Corruptf("cache: %s of %s has %d rows for %d images, %d of them skipped; "+
			"remove the folder and start again", s.Name, j.dir, info.Rows, s.Rows, len(info.Skipped))
	case info.Rows == 0 && s.Rows > 0:
		return info, fault.Corruptf("cache: none of the %d %s images can be used: %s: %s",
			s.Rows, s.Name, info.Skipped[0].File, info.Skipped[0].Reason)
	}
	views, columns := p.ViewsOf(s.Name), p.columns()
	// array writes columns from…to of all parts.
	array := func(suffix string, from, to int, observe bool, shape ...int) (File, error) {
		return store(j.dir, s.Name+suffix, func(out io.Writer) error {
			if _, err := out.Write(npy.AppendHeader(nil, p.DType, shape...)); err != nil {
				return err
			}
			for _, e := range parts {
				if err := errors.Join(j.ctx.Err(), e.copyColumns(out, from, to, (1+views)*columns)); err != nil {
					return err
				}
				if !observe {
					continue
				}
				if j.done++; j.observe != nil {
					j.observe(j.done, j.total)
				}
			}
			return nil
		})
	}
	if views > 0 {
		file, err := array(".views.npy", columns, (1+views)*columns, false, info.Rows, views, columns)
		if err != nil {
			return info, err
		}
		info.Views = &file
	}
	if info.Features, err = array(".features.npy", 0, columns, true, info.Rows, columns); err != nil {
		return info, err
	}
	if p.Tokens != nil {
		for _, e := range parts {
			file, err := j.takeTokens(e)
			if err != nil {
				return info, err
			}
			if e.Rows > 0 {
				info.Tokens = append(info.Tokens, file)
			}
		}
	}
	if info.Labels, err = store(j.dir, s.Name+".labels.npy", func(out io.Writer) error {
		if _, err := out.Write(npy.AppendHeader(nil, "<i4", info.Rows)); err != nil {
			return err
		}
		return eachImage(parts, func(label int32, _ string) error {
			return binary.Write(out, binary.LittleEndian, label)
		})
	}); err != nil {
		return info, err
	}
	files, err := store(j.dir, s.Name+".files.txt", func(out io.Writer) error {
		return eachImage(parts, func(_ int32, name string) error {
			_, err := io.WriteString(out, name+"\n")
			return err
		})
	})
	if info.Files = &files; err != nil {
		return info, err
	}
	if p.Thumbnails > 0 && s.Name == picturedSplit {
		if info.Thumbs, err = j.thumbs(parts); err != nil {
			return info, err
		}
	}
	if s.Clients == "" {
		return info, nil
	}
	info.Clients, err = j.clients(s, parts)
	return info, err
}

// copyColumns appends columns from…to of the part, of so many in all, to out.
func (h held) copyColumns(out io.Writer, from, to, all int) error {
	a, err := npy.Open(filepath.Join(h.journal.dir, h.file()))
	if err != nil {
		return err
	}
	defer a.Close()
	if len(a.Shape) != 2 || a.Shape[0] != h.Rows || (h.Rows > 0 && a.Shape[1] != all) {
		return fault.Corruptf("cache: part %s has shape %v, expected (%d, %d)", a.Path(), a.Shape, h.Rows, all)
	}
	if from == 0 && to == all {
		_, err = out.Write(a.Data())
		return err
	}
	if h.Rows == 0 {
		return nil
	}
	row := len(a.Data()) / h.Rows
	for i := range h.Rows {
		if _, err := out.Write(a.Data()[i*row+from*row/all : i*row+to*row/all]); err != nil {
			return err
		}
	}
	return nil
}
