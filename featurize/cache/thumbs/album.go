// Package thumbs reads and writes the small pictures that a cache may keep of its images: a ZIP file of JPEGs, stored
// without compression and called by their rows, 0.jpg, 7.jpg, …, that any program can look at.
package thumbs

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image/jpeg"
	"io"
	"strconv"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Side is the most pixels that an edge of a picture has, and MaxBytes the most bytes of its file.
const (
	Side     = 96
	MaxBytes = 64 << 10
)

// MediaType is that of all pictures.
const MediaType = "image/jpeg"

// Album is an open file of pictures. It may be used concurrently until Close.
type Album struct {
	path     string
	zip      *zip.ReadCloser
	pictures map[int]*zip.File // by row
}

// Open opens the pictures of a split of so many rows. It checks names, order and sizes; what is in a picture's file is
// checked as it is read.
func Open(path string, rows int) (*Album, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fault.Corruptf("thumbs: %s cannot be read as a ZIP file: %w", path, err)
	}
	a := &Album{path, z, map[int]*zip.File{}}
	if err := a.list(rows); err != nil {
		_ = z.Close() // the first error matters
		return nil, err
	}
	return a, nil
}

func (a *Album) list(rows int) error {
	last := -1
	for _, f := range a.zip.File {
		row, err := rowOf(f.Name)
		switch {
		case err != nil || row <= last || row >= rows:
			return fault.Corruptf("thumbs: %s holds %.40q, which is no next row of %d", a.path, f.Name, rows)
		case f.Method != zip.Store || f.UncompressedSize64 > MaxBytes || f.UncompressedSize64 == 0:
			return fault.Corruptf("thumbs: %s: %s has %d bytes or is compressed; at most %d are stored",
				a.path, f.Name, f.UncompressedSize64, MaxBytes)
		}
		last = row
		a.pictures[row] = f
	}
	return nil
}

// name is what the picture of a row is called.
func name(row int) string { return strconv.Itoa(row) + ".jpg" }

// rowOf is the row of a name.
func rowOf(called string) (int, error) {
	var row int
	if _, err := fmt.Sscanf(called, "%d.jpg", &row); err != nil || name(row) != called {
		return 0, fmt.Errorf("%q is no row", called)
	}
	return row, nil
}

// Len is the number of pictures.
func (a *Album) Len() int { return len(a.pictures) }

// Picture is the file of a row's picture and its media type; ok tells whether there is one.
func (a *Album) Picture(row int) (data []byte, mediaType string, ok bool, err error) {
	f := a.pictures[row]
	if f == nil {
		return nil, "", false, nil
	}
	if data, err = read(f); err != nil {
		return nil, "", false, fault.Corruptf("thumbs: %s: %s: %w", a.path, f.Name, err)
	}
	return data, MediaType, true, nil
}

// Check reads all pictures.
func (a *Album) Check() error {
	for _, f := range a.zip.File {
		if _, err := read(f); err != nil {
			return fault.Corruptf("thumbs: %s: %s: %w", a.path, f.Name, err)
		}
	}
	return nil
}

// Close closes the file.
func (a *Album) Close() error { return a.zip.Close() }

// read is a stored file, which must be a JPEG of a thumbnail's size.
func read(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes || c.Width > Side || c.Height > Side {
		return nil, fmt.Errorf("%d×%d pixels in %d bytes are more than %d×%d in %d",
			c.Width, c.Height, len(data), Side, Side, MaxBytes)
	}
	return data, nil
}
