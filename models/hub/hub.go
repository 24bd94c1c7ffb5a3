// Package hub fetches models from Hugging Face's hub, or a mirror of it, into a folder, and checks files by their
// hashes.
//
// A file counts only once its bytes have the SHA-256 that is known for it: from the catalogue of this package, else
// from the record of an earlier fetch, else as the hub states it for large files (Git LFS) or, for small ones, the
// hash of the Git blob. What was fetched is recorded in the folder, so that a later fetch gives the same bytes or
// fails.
package hub

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Endpoint is where repositories are unless Options say otherwise.
const Endpoint = "https://huggingface.co"

// Options of Pull. The zero value takes the hub itself, without a token.
type Options struct {
	Endpoint string // the hub or a mirror, as HF_ENDPOINT names it
	Token    string // for private and gated repositories, as HF_TOKEN holds it; sent to the endpoint only
	// Revision is a branch, tag or commit; "" is what the folder holds already, else the catalogue's, else main.
	Revision string
	Attempts int           // how often a request is repeated, and a broken transfer that does not get on; 0 is 5
	Pause    time.Duration // before the first repetition, doubled at each; 0 is a second
	Stall    time.Duration // a transfer that brings no byte for so long is broken; 0 is a minute

	// Observe is told how many of the bytes that are needed are there. The total may grow once the graphs are read.
	Observe func(done, total int64)
}

var repositoryName = regexp.MustCompile(`^[\w-][\w.-]*/[\w-][\w.-]*$`)

// Pull fetches into the folder dir those files of a repository ("owner/name") that need asks for, and returns the
// record of all that the folder holds. need is given the repository's files, of which those that are there already
// can be read; it is asked again after each round, until nothing is missing. Interrupted work is taken up where it
// was.
func Pull(ctx context.Context, repository, dir string, need func(fs.FS) ([]string, error), o Options) (*Lock, error) {
	if !repositoryName.MatchString(repository) || strings.Contains(repository, "..") {
		return nil, fault.Usagef("hub: %q is no repository;%s pass owner/name, such as Xenova/clip-vit-base-patch32",
			repository, fault.DidYouMean(repository, names()))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fault.Missingf("hub: make %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Missingf("hub: open %s: %w", dir, err)
	}
	defer root.Close()
	release, err := durable.Hold(dir)
	if err != nil {
		return nil, fault.Errorf(fault.Failure, "hub: %w", err)
	}
	defer release()
	lock, err := ReadLock(dir)
	if errors.Is(err, fs.ErrNotExist) {
		lock = &Lock{Repository: repository, Files: map[string]File{}}
	} else if err != nil {
		return nil, err
	}
	if lock.Repository != repository {
		return nil, fault.Usagef("hub: %s holds %s, not %s: choose another folder", dir, lock.Repository, repository)
	}
	known := catalogued(repository)
	lock.License = known.License
	p := &puller{Options: o.withDefaults(), root: root, dir: dir, lock: lock}
	p.client = p.newClient()
	if err := p.list(ctx, first(o.Revision, lock.Revision, known.Revision, "main")); err != nil {
		return nil, err
	}
	if lock.Revision != "" && lock.Revision != p.listing.revision {
		return nil, fault.Usagef("hub: %s holds revision %.12s of %s, not %.12s: choose another folder",
			dir, lock.Revision, repository, p.listing.revision)
	}
	lock.Revision = p.listing.revision
	if known.Revision == lock.Revision {
		p.known = known.Files
	}
	return lock, p.rounds(ctx, need)
}

func (o Options) withDefaults() Options {
	o.Endpoint = strings.TrimRight(first(o.Endpoint, Endpoint), "/")
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.Pause == 0 {
		o.Pause = time.Second
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	if o.Observe == nil {
		o.Observe = func(_, _ int64) {}
	}
	return o
}

// first is the first that is not empty.
func first(candidates ...string) string {
	for _, c := range candidates {
		if c != "" {
			return c
		}
	}
	return ""
}

// puller is the state of one Pull.
type puller struct {
	Options
	client  *retryablehttp.Client
	root    *os.Root
	dir     string
	lock    *Lock
	known   map[string]File // the catalogue's hashes
	listing *listing
	done    int64 // bytes that are there
}

// rounds fetches what need asks for until it asks for no more.
func (p *puller) rounds(ctx context.Context, need func(fs.FS) ([]string, error)) error {
	for {
		names, err := need(p.listing)
		if err != nil {
			return err
		}
		var missing []string
		total := p.done
		for _, name := range names {
			f, ok := p.listing.files[name]
			switch {
			case !ok:
				return fault.Missingf("hub: %s has no file %s at revision %.12s",
					p.lock.Repository, name, p.lock.Revision)
			case !f.here:
				missing = append(missing, name)
				total += max(f.size, 0)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		for _, name := range missing {
			if err := p.file(ctx, name, total); err != nil {
				return err
			}
		}
	}
}

// file makes a file be there with the right bytes, and records it.
func (p *puller) file(ctx context.Context, name string, total int64) error {
	f := p.listing.files[name]
	want, source, err := p.expected(name)
	if err != nil {
		return err
	}
	sums, err := sumFile(ctx, p.root, name)
	switch {
	case err == nil && !sums.match(want, f):
		return fault.Mismatchf("hub: %s is not the file of %s (%s): move it away and run the command again",
			filepath.Join(p.dir, filepath.FromSlash(name)), p.lock.Repository, source)
	case errors.Is(err, fs.ErrNotExist):
		if err := p.root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fault.Missingf("hub: make the folder of %s in %s: %w", name, p.dir, err)
		}
		if sums, err = p.fetch(ctx, name, total); err != nil {
			return err
		}
		if !sums.match(want, f) {
			_ = p.root.Remove(name + partial) // the error in hand matters more
			return fault.Mismatchf("hub: what %s sent for %s has SHA-256 %.16s…, not that of %s; it was discarded",
				p.shown(), name, sums.sha256, source)
		}
		if err := p.root.Rename(name+partial, name); err != nil {
			return fault.Errorf(fault.Failure, "hub: finish %s in %s: %w", name, p.dir, err)
		}
	case err != nil:
		return fault.Errorf(fault.Failure, "hub: read %s in %s: %w", name, p.dir, err)
	}
	f.here = true
	p.done += sums.size
	p.Observe(p.done, max(p.done, total))
	p.lock.Files[name] = File{Size: sums.size, SHA256: sums.sha256}
	return p.lock.write(p.dir)
}

// expected is the SHA-256 that a file must have, "" if none is known, and what says so. Sources that contradict each
// other are an error before a byte is fetched.
func (p *puller) expected(name string) (want, source string, err error) {
	for _, c := range []struct{ sum, source string }{
		{p.known[name].SHA256, "fedpurel's catalogue"},
		{p.lock.Files[name].SHA256, "the record in " + LockFile},
		{p.listing.files[name].lfs, "the hub's own list"},
	} {
		switch {
		case c.sum == "":
		case want == "":
			want, source = c.sum, c.source
		case want != c.sum:
			return "", "", fault.Mismatchf("hub: %s of %s should have SHA-256 %.16s… by %s, but %.16s… by %s: "+
				"do not use it before you know why",
				name, p.lock.Repository, want, source, c.sum, c.source)
		}
	}
	return want, first(source, "the hub's own list"), nil
}
