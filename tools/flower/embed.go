// Package flowerapp is the Flower app that carries a federation's frames between `fedpurel hub` and `fedpurel site`,
// and beside it what a federation over machines is set up with: certificates, a proxy, systemd units. README.md says
// how.
package flowerapp

import (
	"embed"
	"io/fs"
)

//go:embed LICENSE pyproject.toml requirements.txt fedpurel_flower/*.py
var files embed.FS

// Files is the app as `flwr run FOLDER` takes it, once it is written to a folder.
func Files() fs.FS { return files }
