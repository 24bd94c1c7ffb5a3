package cache

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// write makes the files of the cache of all sites, the manifest last. The folder is held.
func (u *union) write(dir string) (err error) {
	m := u.manifest
	if m.Text, err = storeMatrix(dir, textFile, u.text); err != nil {
		return err
	}
	if m.Projection != nil {
		file, err := copyFile(dir, projectionFile, filepath.Join(u.sites[0].Site.Dir, m.Projection.Name))
		if err != nil {
			return err
		}
		m.Projection = &file
	}
	for i := range u.sites[0].splits {
		parts := make([]*Split, len(u.sites))
		for k, s := range u.sites {
			parts[k] = s.splits[i]
		}
		info, err := u.split(dir, parts)
		if err != nil {
			return err
		}
		m.Splits = append(m.Splits, info)
	}
	if err := m.check(); err != nil {
		return fault.Corruptf("cache: sites: %w", err)
	}
	return m.put(dir)
}

// split puts one split of all sites together, site after site.
func (u *union) split(dir string, parts []*Split) (info SplitInfo, err error) {
	var labels []int32
	named := true // every image has a name
	info.Name = parts[0].info.Name
	for k, s := range u.sites {
		part := parts[k]
		for _, y := range part.labels {
			labels = append(labels, s.labels[y])
		}
		for _, skip := range part.info.Skipped {
			info.Skipped = append(info.Skipped, Skip{s.Name + "/" + skip.File, skip.Reason})
		}
		named = named && part.info.Files != nil
	}
	info.Rows = len(labels)
	if err := u.arrays(dir, &info, parts, labels); err != nil {
		return info, err
	}
	if named {
		file, err := store(dir, info.Name+".files.txt", func(w io.Writer) error { return u.files(w, parts) })
		if err != nil {
			return info, err
		}
		info.Files = &file
	}
	file, err := store(dir, info.Name+".clients.txt", func(w io.Writer) error { return u.clients(w, parts) })
	info.Clients = &file
	return info, err
}

// arrays writes a split's labels, and the features and views of its parts.
func (u *union) arrays(dir string, info *SplitInfo, parts []*Split, labels []int32) (err error) {
	if info.Labels, err = store(dir, info.Name+".labels.npy", func(w io.Writer) error {
		return npy.WriteInt32(w, labels, len(labels))
	}); err != nil {
		return err
	}
	if info.Features, err = store(dir, info.Name+".features.npy", func(w io.Writer) error {
		return u.rows(w, parts, 0, 1, info.Rows, u.manifest.columns())
	}); err != nil {
		return err
	}
	if views := parts[0].Views(); views > 0 {
		file, err := store(dir, info.Name+".views.npy", func(w io.Writer) error {
			return u.rows(w, parts, 1, views, info.Rows, views, u.manifest.columns())
		})
		if err != nil {
			return err
		}
		info.Views = &file
	}
	return nil
}

// stretch is the number of rows that are in memory at a time.
const stretch = 256

// rows writes an array of so many views of each row, from the view first on. Every value is checked.
func (u *union) rows(w io.Writer, parts []*Split, first, views int, shape ...int) error {
	if _, err := w.Write(npy.AppendHeader(nil, u.manifest.DType, shape...)); err != nil {
		return err
	}
	x := f32.New(stretch, u.manifest.columns())
	var buf []byte
	for _, part := range parts {
		total := part.Len() * views
		for at := 0; at < total; at += stretch {
			if err := u.ctx.Err(); err != nil {
				return err
			}
			n := min(stretch, total-at)
			row, view := make([]int, n), make([]int, n)
			for i := range n {
				row[i], view[i] = (at+i)/views, first+(at+i)%views
			}
			if err := part.GatherViews(x.Top(n), row, view); err != nil {
				return err
			}
			buf = npy.AppendFloats(buf[:0], u.manifest.DType, x.Top(n).Data)
			if _, err := w.Write(buf); err != nil {
				return err
			}
			if u.done += n; u.observe != nil {
				u.observe(u.done, u.total)
			}
		}
	}
	return nil
}

// files writes the names of the images, each with its site before it. What a full disk refuses, the writer remembers.
func (u *union) files(w io.Writer, parts []*Split) error {
	for k, s := range u.sites {
		if err := parts[k].eachFile(func(name string) { fmt.Fprintln(w, s.Name+"/"+name) }); err != nil {
			return err
		}
	}
	return nil
}

// clients writes whose each image is: the site's, or a client's of it.
func (u *union) clients(w io.Writer, parts []*Split) error {
	for k, s := range u.sites {
		if parts[k].info.Clients == nil {
			for range parts[k].Len() {
				fmt.Fprintln(w, s.Name)
			}
			continue
		}
		if err := parts[k].eachLine(parts[k].info.Clients, func(client string) {
			if client != "" {
				client = "/" + client
			}
			fmt.Fprintln(w, s.Name+client)
		}); err != nil {
			return err
		}
	}
	return nil
}
