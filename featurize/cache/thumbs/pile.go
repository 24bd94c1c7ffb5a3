package thumbs

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Pile takes pictures before rows are known: each is filed under the image that it is of.
type Pile struct {
	zip *zip.Writer
	has map[string]bool
}

// NewPile begins a pile in w.
func NewPile(w io.Writer) *Pile { return &Pile{zip.NewWriter(w), map[string]bool{}} }

// key is what a pile files the picture of an image under.
func key(label int32, image string) string {
	sum := sha256.Sum256(append(strconv.AppendInt(nil, int64(label), 10), " "+image...))
	return hex.EncodeToString(sum[:])
}

// Put files a picture. Of an image that comes again, the first picture stays.
func (p *Pile) Put(label int32, image string, jpeg []byte) error {
	if len(jpeg) == 0 || len(jpeg) > MaxBytes {
		return fmt.Errorf("thumbs: the picture of %s has %d bytes, at most %d can be kept", image, len(jpeg), MaxBytes)
	}
	k := key(label, image)
	if p.has[k] {
		return nil
	}
	p.has[k] = true
	return put(p.zip, k, jpeg)
}

// Close ends the pile.
func (p *Pile) Close() error { return p.zip.Close() }

// began is the first moment that a ZIP file knows, and stands for none.
var began = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// put stores a file, whose time is always the same, so that equal pictures give equal bytes.
func put(to *zip.Writer, name string, data []byte) error {
	out, err := to.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: began})
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}

// Arrange writes the pictures of the pile at path in the order of the rows. each goes through the images of all rows;
// those without a picture have none. It returns the number of pictures.
func Arrange(out io.Writer, path string, each func(image func(label int32, name string) error) error) (int, error) {
	pile, err := zip.OpenReader(path)
	if err != nil {
		return 0, fmt.Errorf("thumbs: open %s: %w", path, err)
	}
	defer pile.Close()
	filed := map[string]*zip.File{}
	for _, f := range pile.File {
		filed[f.Name] = f
	}
	to, row, n := zip.NewWriter(out), 0, 0
	err = each(func(label int32, image string) error {
		k := key(label, image)
		f := filed[k]
		row++
		if f == nil {
			return nil
		}
		delete(filed, k) // an image that comes again has its picture at its first row
		data, err := read(f)
		if err != nil {
			return fmt.Errorf("thumbs: %s: %w", path, err)
		}
		n++
		return put(to, name(row-1), data)
	})
	if err != nil {
		return n, err
	}
	return n, to.Close()
}
