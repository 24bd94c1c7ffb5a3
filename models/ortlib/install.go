package ortlib

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Options say where a library comes from and where it goes. The zero value fetches it into the user's cache folder.
type Options struct {
	Dir     string               // Folder() if empty
	Package string               // the package as a file, in place of fetching it
	With    string               // the client that fetches: npm or pip; "" is one that is there, the other if it fails
	Say     func(message string) // is told what is being done; may be nil
}

// Installed is the outcome of Install.
type Installed struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	From    string `json:"from,omitempty"` // npm, pip or the package's file; "" if it was in place
}

// installer is what an installation depends on besides its options.
type installer struct {
	Options
	goos string
	all  []published // of every platform
	rows []published // of this one
}

// Install puts the library of this platform into a folder, unless it is there already. Nothing else is there before
// its hash is found right, and nothing is left of an attempt that fails. A second installation into the same folder at
// the same time is refused. Errors are of kind Missing for what must be brought by hand, Corrupt for a package that is
// none, and Mismatch for a library of another hash.
func Install(ctx context.Context, o Options) (*Installed, error) {
	all, err := rows(table)
	if err != nil {
		return nil, err
	}
	own, err := of(all, Platform())
	if err != nil {
		return nil, err
	}
	if o.Dir == "" {
		o.Dir = Folder()
	}
	return installer{Options: o, goos: here().goos, all: all, rows: own}.install(ctx)
}

func (i installer) install(ctx context.Context) (*Installed, error) {
	if i.With != "" && !slices.Contains(clientNames(), i.With) {
		return nil, fault.Usagef("ortlib: --with %q: known are %s", i.With, strings.Join(clientNames(), " and "))
	}
	if i.With != "" && i.Package != "" {
		return nil, fault.Usagef("ortlib: --with fetches a package and --package has it: give one of them")
	}
	if i.Dir == "" {
		return nil, fault.Usagef("ortlib: this user has no folder for caches: name one for the library with --dir")
	}
	dir, err := filepath.Abs(i.Dir)
	if err != nil {
		return nil, fmt.Errorf("ortlib: %w", err)
	}
	i.Dir = dir
	done := &Installed{Path: filepath.Join(dir, patterns(i.goos)[0]), Version: Version}
	if done.SHA256 = i.present(done.Path); done.SHA256 != "" {
		return done, nil
	}
	if i.Package != "" { // before anything is made
		if info, err := os.Stat(i.Package); err != nil || info.IsDir() {
			return nil, fault.Missingf("ortlib: --package names %s, which is no file", i.Package)
		}
	}
	release, err := durable.Enter(dir)
	switch {
	case errors.Is(err, durable.ErrBusy):
		return nil, fmt.Errorf("ortlib: another installation is writing to %s; wait for it", dir)
	case err != nil:
		return nil, fmt.Errorf("ortlib: %w", err)
	}
	defer release()
	if done.From, done.SHA256, err = i.bring(ctx, done.Path); err != nil {
		return nil, err
	}
	return done, nil
}

// present is the hash of a file if it is one of this platform's libraries, else "".
func (i installer) present(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if !slices.ContainsFunc(i.rows, func(p published) bool { return p.sum == sum }) {
		return ""
	}
	return sum
}

// bring unpacks the package into target, fetching it first where it is not given, and says where it came from.
func (i installer) bring(ctx context.Context, target string) (from, sum string, err error) {
	if sum = i.present(target); sum != "" { // somebody was faster
		return "", sum, nil
	}
	if i.Package != "" {
		sum, err = i.extract(ctx, i.Package, target)
		return i.Package, sum, err
	}
	scratch := filepath.Join(i.Dir, ".fetch") // on the disk that has room for the library, and of no one else
	if err := os.RemoveAll(scratch); err != nil {
		return "", "", fmt.Errorf("ortlib: %w", err)
	}
	if err := os.Mkdir(scratch, 0o755); err != nil {
		return "", "", fmt.Errorf("ortlib: %w", err)
	}
	defer os.RemoveAll(scratch)
	archive, from, err := i.fetch(ctx, scratch)
	if err != nil {
		return "", "", err
	}
	sum, err = i.extract(ctx, archive, target)
	return from, sum, err
}

func (i installer) say(format string, args ...any) {
	if i.Say != nil {
		i.Say(fmt.Sprintf(format, args...))
	}
}
