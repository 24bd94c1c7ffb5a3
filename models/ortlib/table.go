package ortlib

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

//go:embed sha256.txt
var table string

// published is a row of sha256.txt: a library as a package brings it.
type published struct {
	sum      string // SHA-256 in hex
	platform string // GOOS/GOARCH
	client   string // npm or pip
	tag      string // the platform's name there
	member   string // the file in the package
}

// rows reads sha256.txt.
func rows(table string) ([]published, error) {
	var all []published
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 5 || len(f[0]) != 2*sha256.Size || !slices.Contains(clientNames(), f[2]) {
			return nil, fmt.Errorf("ortlib: sha256.txt: bad line %q", line)
		}
		all = append(all, published{sum: f[0], platform: f[1], client: f[2], tag: f[3], member: f[4]})
	}
	return all, nil
}

// of picks the rows of a platform.
func of(all []published, platform string) ([]published, error) {
	var found []published
	var known []string
	for _, p := range all {
		if p.platform == platform {
			found = append(found, p)
		} else if !slices.Contains(known, p.platform) {
			known = append(known, p.platform)
		}
	}
	if len(found) == 0 {
		return nil, fault.Missingf("ortlib: no package brings ONNX Runtime %s for %s (only for %s): "+
			"install version %s or later yourself and name its shared library with --ort-lib or %s",
			Version, platform, strings.Join(known, ", "), Required, Env)
	}
	return found, nil
}
