package archive

import (
	"archive/tar"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// archive is a tar archive: a file, or a stretch of one.
type archive struct {
	name string // for messages
	data *io.SectionReader
	base dataset.Place // file and offset of its first byte
}

// member is a regular file of an archive. Its content can be read while it is visited.
type member struct {
	name    string // clean and relative
	at      dataset.Place
	content io.Reader
}

// errEnough ends a walk before the end of the archive.
var errEnough = errors.New("enough")

// walk visits the regular files of an archive in their order, and of those that are joined to it. Nothing is ever
// extracted to its own name; members that could lead astray, and those that are no files, are left out all the same,
// since they are no part of a data set.
func (a archive) walk(r *dataset.Remarks, visit func(member) error) error {
	if a.data.Size() == 0 {
		return fault.Corruptf("dataset: %s has 0 bytes; fetch it again", a.name)
	}
	files, joined := tar.NewReader(a.data), 1
	last := "its beginning"
	for {
		h, err := files.Next()
		switch {
		case errors.Is(err, io.EOF):
			if more, err := a.ending(r); err != nil {
				return err
			} else if more {
				files, joined = tar.NewReader(a.data), joined+1
				continue
			}
			if joined > 1 {
				r.Note("%s holds %d archives, one after the other; all are read", a.name, joined)
			}
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fault.Corruptf("dataset: %s is cut short after %s; fetch it again", a.name, last)
		case errors.Is(err, tar.ErrInsecurePath): // such paths are looked for below
		case errors.Is(err, tar.ErrHeader):
			return fault.Corruptf("dataset: %s is no tar archive, or is damaged, after %s", a.name, last)
		case err != nil:
			return fault.Corruptf("dataset: %s, after %s: %w", a.name, last, err)
		}
		last = h.Name
		if strings.ContainsAny(last, "\n\r") {
			last = strconv.Quote(last)
		}
		reason := unfit(h)
		if reason == "" && h.Typeflag == tar.TypeReg {
			// the reader of archives reads no further than the member's header
			offset, err := a.data.Seek(0, io.SeekCurrent)
			if err != nil {
				return err
			}
			at := dataset.Place{File: a.base.File, Offset: a.base.Offset + offset, Size: h.Size}
			err = visit(member{path.Clean(h.Name), at, files})
			if errors.Is(err, errEnough) {
				return nil
			} else if err != nil {
				return err
			}
		} else if reason != "" {
			r.Skip(reason, last)
		}
	}
}

// unfit says why a member is left out, in the plural, or nothing.
func unfit(h *tar.Header) string {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return ""
	default:
		return "links and devices in an archive"
	}
	sparse := h.Typeflag == tar.TypeGNUSparse
	for key := range h.PAXRecords {
		sparse = sparse || strings.HasPrefix(key, "GNU.sparse.")
	}
	parts := strings.Split(h.Name, "/")
	for i, p := range parts {
		switch {
		case p == "..", p == "" && i == 0:
			return "members with paths that lead out of the archive"
		case strings.ContainsAny(p, "\n\r"):
			return "members with line breaks in their names"
		}
	}
	for _, p := range parts {
		if p != "." && disk.Hidden(p) {
			return disk.WhyHidden(p)
		}
	}
	if sparse {
		return "sparse members"
	}
	return ""
}
