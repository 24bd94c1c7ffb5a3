package cache

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Writer builds a cache, or a shard of one, part by part. WritePart may be called from several goroutines.
type Writer struct {
	dir      string
	contents Contents
	journal  *journal
	unlock   func()
}

// Files of the folder of parts, beside the parts and the journal.
const (
	planFile  = "plan.json"
	shardFile = "shard.json" // written last: a shard with it is complete
)

// Create opens dir for writing a cache, or a shard of one, and takes its lock. A folder that holds a finished one
// is refused, one with unfinished work too, unless resume is set, contents and shard are the same; then the finished
// parts count.
func Create(dir string, contents Contents, shard Shard, resume bool) (*Writer, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	parts, of := filepath.Join(dir, partsDir), header{contents.hash(), shard}
	if complete(dir) {
		return nil, finished(dir, of, resume)
	}
	if err := room(dir, contents); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cache: make folder: %w; choose a folder that you may write to", err)
	}
	unlock, err := durable.Hold(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	w := &Writer{dir: dir, contents: contents, unlock: unlock}
	if err := w.open(parts, of, resume); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// open begins work in the folder of parts, or continues it. The folder is held.
func (w *Writer) open(parts string, of header, resume bool) (err error) {
	if complete(w.dir) { // whoever had the folder before finished it in the meantime
		return finished(w.dir, of, resume)
	}
	if _, err := os.Stat(parts); err == nil && !resume {
		return fault.Usagef("cache: %s holds unfinished work; continue it with --resume, or remove the folder", w.dir)
	}
	if err := os.MkdirAll(parts, 0o755); err != nil {
		return fmt.Errorf("cache: make folder: %w; choose a folder that you may write to", err)
	}
	if w.journal, err = openJournal(parts, of); err != nil {
		return err
	}
	for _, place := range []string{w.dir, parts} {
		sweep(place)
	}
	if w.contents.Width > 0 && w.journal.once(projectionFile) == nil {
		file, err := copyFile(parts, projectionFile, w.contents.Projection)
		if err == nil {
			err = w.journal.add(entry{Once: projectionFile, SHA256: file.SHA256})
		}
		if err != nil {
			return err
		}
	}
	if err := durable.WriteJSON(filepath.Join(parts, planFile), w.contents); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

const textFile = "text.features.npy"

// Done reports whether a part of a split is on disk. One that left images out counts only where that is allowed.
func (w *Writer) Done(split string, part int, skip bool) bool {
	e := w.journal.find(split, part)
	return e != nil && (skip || len(e.Skipped) == 0)
}

// Views is the number of views beside the plain one that each image of a split has.
func (w *Writer) Views(split string) int { return w.contents.ViewsOf(split) }

// Part is the result for a stretch of a split. A row of Features belongs to each of its images that is not skipped,
// in order, as do Files, Labels and, where the split has any, Clients: the plain view first, then the others one after
// the other.
type Part struct {
	Split    string
	Index    int
	Features f32.Matrix // (n, (1+K)·columns)
	Tokens   f32.Matrix // (n, (1+K)·columns of tokens), where these are kept
	Files    []string
	Labels   []int32
	Clients  []string // "" for nobody
	Skipped  []Skip
}

// WritePart stores a part.
func (w *Writer) WritePart(p Part) error {
	if p.Features.Cols != (1+w.contents.ViewsOf(p.Split))*w.contents.columns() || len(p.Files) != p.Features.Rows ||
		len(p.Labels) != p.Features.Rows || w.contents.owned(p.Split) && len(p.Clients) != p.Features.Rows {
		panic("cache: a part of another shape than planned")
	}
	if info := w.contents.Tokens; info != nil && (p.Tokens.Rows != p.Features.Rows ||
		p.Tokens.Cols != (1+w.contents.ViewsOf(p.Split))*info.Columns()) {
		panic("cache: a part whose tokens have another shape than planned")
	}
	limit := float32(3.4e38)
	if w.contents.DType == "<f2" {
		limit = 65504
	}
	for i := range p.Features.Rows {
		for _, v := range p.Features.Row(i) {
			if !(v <= limit && v >= -limit) {
				return fault.Corruptf("cache: the encoder gave a value that does not fit %s (%g, for %s); "+
					"use a model in float32, or --dtype f32", w.contents.DType, v, p.Files[i])
			}
		}
	}
	e := entry{Split: p.Split, Part: p.Index, Rows: p.Features.Rows, Skipped: p.Skipped}
	f, err := store(w.journal.dir, e.file(), func(out io.Writer) error {
		if w.contents.DType == "<f2" {
			return npy.WriteFloat16(out, p.Features.Data, p.Features.Rows, p.Features.Cols)
		}
		return npy.WriteFloat32(out, p.Features.Data, p.Features.Rows, p.Features.Cols)
	})
	if err != nil {
		return err
	}
	if w.contents.Tokens != nil {
		tokens, err := w.writeTokens(p)
		if e.Tokens = tokens.SHA256; err != nil {
			return err
		}
	}
	list, err := store(w.journal.dir, e.list(), func(out io.Writer) error {
		lines := bufio.NewWriter(out)
		for i, file := range p.Files {
			fmt.Fprintf(lines, "%d %s\n", p.Labels[i], file)
		}
		return lines.Flush()
	})
	e.SHA256, e.List = f.SHA256, list.SHA256
	if err != nil {
		return err
	}
	if w.contents.owned(p.Split) {
		clients, err := store(w.journal.dir, e.clients(), func(out io.Writer) error {
			for _, name := range p.Clients {
				if _, err := io.WriteString(out, name+"\n"); err != nil {
					return err
				}
			}
			return nil
		})
		if e.Clients = clients.SHA256; err != nil {
			return err
		}
	}
	return w.journal.add(e)
}

// PutText stores the class embeddings, at unit length. HasText tells whether that was done, now or by earlier work.
func (w *Writer) PutText(text f32.Matrix) error {
	file, err := storeText(w.journal.dir, w.contents.Classes, text)
	if err != nil {
		return err
	}
	return w.journal.add(entry{Once: textFile, SHA256: file.SHA256})
}

// HasText is there for PutText.
func (w *Writer) HasText() bool { return w.journal.once(textFile) != nil }

// Close releases the folder; unfinished work stays for resuming. A second call does nothing.
func (w *Writer) Close() (err error) {
	if w.journal != nil {
		err = w.journal.close()
	}
	w.unlock()
	return err
}
