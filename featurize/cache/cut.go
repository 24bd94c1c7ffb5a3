package cache

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Cut writes some rows of a cache as a cache of their own in dir, which is new: those of each split that rows has, in
// its order, to the bit. Views, names of images and of clients go along; thumbnails, tokens and skipped images do not.
// A split may end up without rows.
//
// Where dir holds this very cache, Cut returns its manifest and ErrComplete. What a killed one left is made anew.
func Cut(
	ctx context.Context, dir string, c *Cache, rows map[string][]int, versions map[string]string,
) (_ *Manifest, err error) {
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		s, err := c.Split(name)
		if err != nil {
			return nil, err
		}
		for _, r := range rows[name] {
			if r < 0 || r >= s.Len() {
				return nil, fault.Usagef("cache: %s row %d cannot be cut out of %s, which has %d",
					name, r, c.Dir, s.Len())
			}
		}
	}
	m := *c.Manifest
	m.Origin, m.Splits, m.Sites, m.Versions, m.Tokens = "cut", nil, nil, versions, nil
	if m.Data != nil { // a part of a known set is another one
		m.Data = &DataInfo{Format: m.Data.Format, Notes: m.Data.Notes, Orientation: m.Data.Orientation}
	}
	inputs := []any{c.Manifest.Fingerprint, c.Manifest.files()}
	for _, s := range c.splits {
		inputs = append(inputs, append([]int{}, rows[s.info.Name]...))
	}
	m.Inputs = hashJSON(inputs)
	if _, err := os.Stat(filepath.Join(dir, ManifestFile)); err == nil {
		if err := finished(dir, header{Inputs: m.Inputs}, true); err != ErrComplete {
			return nil, err
		}
		is, err := readManifest(dir)
		if err != nil {
			return nil, err
		}
		return is, ErrComplete
	}
	release, err := claim(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() {
		if err != nil { // leave no half cache behind
			wipe(dir)
		}
	}()
	if err := m.copyHead(dir, c); err != nil {
		return nil, err
	}
	for _, s := range c.splits {
		p := piece{ctx, s, rows[s.info.Name]}
		info, err := p.write(dir)
		if err != nil {
			return nil, err
		}
		m.Splits = append(m.Splits, info)
	}
	if err := m.put(dir); err != nil {
		return nil, err
	}
	return &m, nil
}

// copyHead copies class embeddings and projection of a cache.
func (m *Manifest) copyHead(dir string, c *Cache) (err error) {
	if m.Text, err = copyFile(dir, textFile, filepath.Join(c.Dir, c.Manifest.Text.Name)); err != nil {
		return err
	}
	if from := c.Manifest.Projection; from != nil {
		file, err := copyFile(dir, projectionFile, filepath.Join(c.Dir, from.Name))
		if err != nil {
			return err
		}
		m.Projection = &file
	}
	return nil
}

// piece are rows of a split that become one.
type piece struct {
	ctx  context.Context
	of   *Split
	rows []int
}

// write makes the files of the split.
func (p *piece) write(dir string) (info SplitInfo, err error) {
	from := p.of.info
	info.Name, info.Rows = from.Name, len(p.rows)
	if info.Features, err = store(dir, from.Name+".features.npy", func(w io.Writer) error {
		return p.array(w, p.of.features)
	}); err != nil {
		return info, err
	}
	if p.of.views != nil {
		file, err := store(dir, from.Name+".views.npy", func(w io.Writer) error { return p.array(w, p.of.views) })
		if err != nil {
			return info, err
		}
		info.Views = &file
	}
	labels := make([]int32, len(p.rows))
	for i, r := range p.rows {
		labels[i] = p.of.labels[r]
	}
	if info.Labels, err = store(dir, from.Name+".labels.npy", func(w io.Writer) error {
		return npy.WriteInt32(w, labels, len(labels))
	}); err != nil {
		return info, err
	}
	if info.Files, err = p.lines(dir, from.Name+".files.txt", from.Files); err != nil {
		return info, err
	}
	info.Clients, err = p.lines(dir, from.Name+".clients.txt", from.Clients)
	return info, err
}

// array writes the rows of an array as they are.
func (p *piece) array(w io.Writer, a *npy.Array) error {
	shape := slices.Concat([]int{len(p.rows)}, a.Shape[1:])
	if _, err := w.Write(npy.AppendHeader(nil, a.DType, shape...)); err != nil {
		return err
	}
	if len(p.rows) == 0 {
		return nil
	}
	size := len(a.Data()) / a.Shape[0]
	for at, r := range p.rows {
		if at%stretch == 0 && p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		if _, err := w.Write(a.Data()[r*size : (r+1)*size]); err != nil {
			return err
		}
	}
	return nil
}

// lines writes the rows' lines of a list, if there is one. What a full disk refuses, the writer remembers.
func (p *piece) lines(dir, name string, from *File) (*File, error) {
	if from == nil {
		return nil, nil
	}
	var all []string
	if err := p.of.eachLine(from, func(line string) { all = append(all, line) }); err != nil {
		return nil, err
	}
	file, err := store(dir, name, func(w io.Writer) error {
		for _, r := range p.rows {
			fmt.Fprintln(w, all[r])
		}
		return nil
	})
	return &file, err
}
