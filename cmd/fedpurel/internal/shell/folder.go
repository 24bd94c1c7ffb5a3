package shell

import (
	"fmt"
	"os"

	"github.com/fedpurel/fedpurel/train/durable"
)

// Hold makes a folder and takes it for this process.
func Hold(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	return durable.Hold(dir)
}
