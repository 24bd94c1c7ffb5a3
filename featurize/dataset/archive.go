package dataset

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// archive is a tar archive: a file, or a stretch of one.
type archive struct {
	name string // for messages
	data *io.SectionReader
	base place // file and offset of its first byte
}

// member is a regular file of an archive. Its content can be read while it is visited.
type member struct {
	name    string // clean and relative
	at      place
	content io.Reader
}

// errEnough ends a walk before the end of the archive.
var errEnough = errors.New("enough")

// walk visits the regular files of an archive in their order. Nothing is ever extracted to its own name; members that could lead astray,
// and those that are no files, are left out all the same, since they are no part of a data set.
func (b *builder) walk(a archive, visit func(member) error) error {
	r := tar.NewReader(a.data)
	last := "its beginning"
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return b.ending(a)
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
			offset, err := a.data.Seek(0, io.SeekCurrent) // the reader of archives reads no further than the member's header
			if err != nil {
				return err
			}
			err = visit(member{path.Clean(h.Name), place{a.base.file, a.base.offset + offset, h.Size}, r})
			if errors.Is(err, errEnough) {
				return nil
			} else if err != nil {
				return err
			}
		} else if reason != "" {
			b.skip(reason, last)
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
		if p != "." && hidden(p) {
			return "hidden files"
		}
	}
	if sparse {
		return "sparse members"
	}
	return ""
}

// ending notes what is odd about the end of an archive, where the reader has just arrived.
func (b *builder) ending(a archive) error {
	end, err := a.data.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	var block [512]byte
	if n, _ := a.data.ReadAt(block[:], max(end-512, 0)); n == 0 || !bytes.Equal(block[:n], make([]byte, n)) {
		b.set.note("%s ends without the mark that closes an archive; it may be cut short", a.name)
	}
	if rest := a.data.Size() - end; rest > 1<<20 {
		b.set.note("%s: %d bytes after its end are not read; were archives joined?", a.name, rest)
	}
	return nil
}

// staging holds the images of archives until all are known: only then do folders say which classes there are, and only then does it show
// which members a later one replaces. Its memory is that of a table.
type staging struct {
	table
	hashes []uint64 // of the names
}

// group is where images of a kind go once all are known. Those with a reason are left out.
type group struct {
	split  Split
	label  int
	reason string
}

func (b *builder) stage(s *staging, m member, name string, group int32) error {
	s.hashes = append(s.hashes, b.hashed(name))
	return s.add(name, group, m.at)
}

// unstage adds the images, by groups, except those that a later member of the same name replaces, as it would if the archive were extracted.
func (b *builder) unstage(s *staging, groups []group) error {
	replaced, err := s.replaced()
	if err != nil {
		return err
	}
	s.hashes = nil
	for i, g := range s.labels {
		it, err := s.at(i)
		if err != nil {
			return err
		}
		switch {
		case replaced[int32(i)]:
			b.skip("members that a later one of the same name replaces", it.Name)
		case groups[g].reason != "":
			b.skip(groups[g].reason, it.Name)
		default:
			b.add(groups[g].split, it.Name, groups[g].label, it.place)
		}
	}
	return b.err
}

// replaced finds the images whose names occur again later.
func (s *staging) replaced() (map[int32]bool, error) {
	again := repeated(s.hashes)
	if len(again) == 0 {
		return nil, nil
	}
	replaced, first := map[int32]bool{}, map[string]int32{}
	for i, h := range s.hashes {
		if !again[h] {
			continue
		}
		it, err := s.at(i)
		if err != nil {
			return nil, err
		}
		if earlier, there := first[it.Name]; there {
			replaced[earlier] = true
		}
		first[it.Name] = int32(i)
	}
	return replaced, nil
}
