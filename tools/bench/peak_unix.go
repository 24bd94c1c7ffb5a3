//go:build unix

package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// peak is the largest resident memory that a finished process had, in MiB.
func peak(p *os.ProcessState) (int64, error) {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, errors.New("no memory figures on this system")
	}
	if runtime.GOOS == "darwin" { // in bytes there
		return int64(usage.Maxrss) >> 20, nil
	}
	return int64(usage.Maxrss) >> 10, nil
}
