// Package flower has the files of the Flower app that carries frames between a hub and its sites.
package flower

import "embed"

// Files are what `flwr run` needs, as they lie here.
//
//go:embed pyproject.toml LICENSE fedpurel_flower/*.py
var Files embed.FS
