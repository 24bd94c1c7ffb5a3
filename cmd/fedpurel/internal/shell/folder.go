package shell

import (
	"fmt"
	"os"

	"github.com/fedpurel/fedpurel/train/durable"
)

// Hold makes a folder and takes it for this process. A folder that it made and that is still empty on release goes.
func Hold(dir string) (release func(), err error) {
	_, missing := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	unlock, err := durable.Hold(dir)
	if err != nil || missing == nil {
		return unlock, err
	}
	return func() {
		unlock()
		_ = os.Remove(dir) // which refuses a folder that holds something
	}, nil
}
