package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

// maxListing bounds the answer that lists a repository's files, in bytes.
const maxListing = 32 << 20

// entry is a file of a repository.
type entry struct {
	size int64  // −1 if the hub does not say
	blob string // Git's SHA-1 of a small file
	lfs  string // SHA-256 of a large one
	here bool   // in the folder, with the right bytes
}

// listing is a repository at one commit, as a file system in which only the files that are here can be read.
type listing struct {
	revision string // the commit
	files    map[string]*entry
	root     *os.Root
}

// list asks for the files of the repository at a revision.
func (p *puller) list(ctx context.Context, revision string) error {
	address := p.Endpoint + "/api/models/" + p.lock.Repository + "/revision/" + url.PathEscape(revision) + "?blobs=true"
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r, err := p.get(ctx, address, 0)
	if err != nil {
		return p.explain(err, p.lock.Repository+" at revision "+revision)
	}
	defer r.Body.Close()
	data, err := p.steady(r.Body, maxListing+1, stop)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return p.explain(err, "the list of files of "+p.lock.Repository)
	}
	var answer struct {
		SHA      string
		Siblings []struct {
			Name string `json:"rfilename"`
			Size *int64
			Blob string `json:"blobId"`
			LFS  *struct {
				SHA256 string
				Size   int64
			}
		}
	}
	if err = json.Unmarshal(data, &answer); err == nil &&
		(len(answer.SHA) != 40 || strings.Trim(answer.SHA, "0123456789abcdef") != "") {
		err = fmt.Errorf("its commit is %.60q", answer.SHA)
	}
	if err != nil || len(data) > maxListing {
		return fault.Corruptf("hub: %s answers with what is no list of a repository's files (%w): "+
			"is it the hub, or a mirror with its interface?", p.shown(), err)
	}
	p.listing = &listing{revision: answer.SHA, files: map[string]*entry{}, root: p.root}
	for _, s := range answer.Siblings {
		if !fs.ValidPath(s.Name) || s.Name == "." || strings.ContainsAny(s.Name, "\\:\x00") {
			return fault.Corruptf("hub: %s lists a file %.80q, which would lie outside the folder: do not trust it",
				p.lock.Repository, s.Name)
		}
		e := &entry{size: -1, blob: s.Blob}
		if s.Size != nil {
			e.size = *s.Size
		}
		if s.LFS != nil {
			e.lfs, e.size = s.LFS.SHA256, s.LFS.Size
		}
		p.listing.files[s.Name] = e
	}
	return nil
}

// Open implements fs.FS. A file that is not here yet does not exist, although Stat knows it.
func (l *listing) Open(name string) (fs.File, error) {
	if f := l.files[name]; f == nil || !f.here {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return l.root.Open(name)
}

// Stat implements fs.StatFS.
func (l *listing) Stat(name string) (fs.FileInfo, error) {
	if f := l.files[name]; f != nil {
		return info{path.Base(name), f.size, false}, nil
	}
	if entries, _ := l.ReadDir(name); len(entries) > 0 {
		return info{path.Base(name), 0, true}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// ReadDir implements fs.ReadDirFS.
func (l *listing) ReadDir(dir string) ([]fs.DirEntry, error) {
	seen := map[string]fs.DirEntry{}
	for name, f := range l.files {
		rest, ok := name, true
		if dir != "." {
			rest, ok = strings.CutPrefix(name, dir+"/")
		}
		if !ok {
			continue
		}
		if sub, _, deeper := strings.Cut(rest, "/"); deeper {
			seen[sub] = fs.FileInfoToDirEntry(info{sub, 0, true})
		} else {
			seen[rest] = fs.FileInfoToDirEntry(info{rest, f.size, false})
		}
	}
	if len(seen) == 0 {
		return nil, &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrNotExist}
	}
	entries := make([]fs.DirEntry, 0, len(seen))
	for _, e := range seen {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// info is what is known of a file that need not be here.
type info struct {
	name string
	size int64
	dir  bool
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) IsDir() bool        { return i.dir }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
