package cache

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Site is the finished cache of one place that has pictures of its own.
type Site struct{ Name, Dir string }

// SiteInfo is the record of a site in the cache that holds all of them.
type SiteInfo struct {
	Name        string            `json:"name"`
	Fingerprint string            `json:"fingerprint"`
	Rows        map[string]int    `json:"rows"` // of each split
	Versions    map[string]string `json:"versions,omitempty"`
}

// member is a site that takes part.
type member struct {
	Site
	*Cache
	labels []int32 // in the cache of all, of each of the site's own classes
}

// MergeSites makes one cache in out of the finished caches of several sites. Each row has its site for a client, or
// site/client where the site's own cache names clients; images are called site/image. Classes are put together by name.
// The order in which sites are given does not matter: they stand in the order of their names.
//
// Nothing is written unless all were made by the same encoder from the same prompts. What a user should know of the
// union is returned, and stands among the manifest's notes. Where out holds this very cache, MergeSites returns
// ErrComplete. observe, if not nil, hears of rows.
func MergeSites(
	ctx context.Context, out string, sites []Site, versions map[string]string, observe func(done, total int),
) (_ *Manifest, notes []string, err error) {
	all, err := openSites(ctx, sites)
	defer func() {
		for _, s := range all {
			if e := s.Close(); err == nil {
				err = e
			}
		}
	}()
	if err != nil {
		return nil, nil, err
	}
	u := &union{ctx: ctx, sites: all, observe: observe}
	if err := u.plan(versions); err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(filepath.Join(out, ManifestFile)); err == nil {
		return nil, nil, finished(out, header{Inputs: u.manifest.Inputs}, true)
	}
	release, err := claim(out)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	if err := u.write(out); err != nil {
		wipe(out) // leave no half cache behind
		return nil, nil, err
	}
	return u.manifest, u.notes, nil
}

// openSites opens the sites' caches, compares their files with the recorded hashes and sorts them by name. Those that
// are open are returned with an error, too.
func openSites(ctx context.Context, sites []Site) (all []*member, err error) {
	if len(sites) < 2 {
		return nil, fault.Usagef("cache: %d sites: name the caches of two or more", len(sites))
	}
	sites = slices.SortedFunc(slices.Values(sites), func(a, b Site) int { return strings.Compare(a.Name, b.Name) })
	known := map[string]Site{} // by fingerprint
	for i, s := range sites {
		if err := s.Check(); err != nil {
			return all, err
		}
		if i > 0 && s.Name == sites[i-1].Name {
			return all, fault.Usagef("cache: two sites are called %s: %s and %s; name them, as NAME=%s",
				s.Name, sites[i-1].Dir, s.Dir, s.Dir)
		}
		c, err := Map(s.Dir)
		if err != nil {
			return all, err
		}
		all = append(all, &member{Site: s, Cache: c})
		if before, twice := known[c.Manifest.Fingerprint]; twice {
			return all, fault.Usagef("cache: %s and %s are one cache, or a copy of it: its images would count twice; "+
				"leave one of them out", before.Dir, s.Dir)
		}
		known[c.Manifest.Fingerprint] = s
		if err := c.Check(ctx); err != nil {
			return all, err
		}
	}
	return all, nil
}

// Check refuses names that cannot stand before a slash on a line, or name a folder.
func (s Site) Check() error {
	if strings.TrimSpace(s.Name) == "" || s.Name == "." || s.Name == ".." || strings.ContainsAny(s.Name, `/\`) ||
		strings.ContainsFunc(s.Name, unicode.IsControl) || !utf8.ValidString(s.Name) {
		return fault.Usagef("cache: %q cannot be the name of a site; name it, as NAME=%s", s.Name, s.Dir)
	}
	return nil
}
