package setup

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/cpu"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/models/hub"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/ortlib"
	"github.com/fedpurel/fedpurel/train/f32"
)

// examination is what was found on the machine.
type examination struct {
	Ready     bool              `json:"ready"` // featurize can run
	Problem   string            `json:"problem,omitempty"`
	Version   string            `json:"fedpurel"`
	Go        string            `json:"go"`
	Platform  string            `json:"platform"`
	Cgo       bool              `json:"cgo"`
	Runtime   *ortlib.Library   `json:"runtime,omitempty"`
	Providers []string          `json:"providers"`
	Kernels   string            `json:"kernels"`
	Features  []string          `json:"processor_features"`
	Cores     int               `json:"cores"`
	Memory    *memory           `json:"memory,omitempty"`
	Models    []model           `json:"models"`
	Folders   []folder          `json:"folders"`
	Clients   map[string]string `json:"package_clients"`
}

// memory is in bytes.
type memory struct {
	Total     int64 `json:"total"`
	Available int64 `json:"available"`
}

// model is one that was pulled.
type model struct {
	Folder     string `json:"folder"`
	Repository string `json:"repository"`
	Revision   string `json:"revision"`
}

// folder is one that is written to.
type folder struct {
	Path string `json:"path"`
	For  string `json:"for"`
	Free int64  `json:"free"` // bytes, or -1 if it is not known
}

// examine looks at the machine. unable is why featurize cannot run.
func examine(ctx context.Context, o onnx.Options) (e *examination, unable error) {
	e = &examination{
		Version:   shell.Version(),
		Go:        runtime.Version(),
		Platform:  ortlib.Platform(),
		Cgo:       onnx.Linked,
		Providers: []string{},
		Kernels:   f32.Kernels(),
		Features:  features(),
		Cores:     runtime.GOMAXPROCS(0),
		Memory:    memoryNow(),
		Models:    pulled(),
		Folders:   []folder{newFolder(".", "the working folder")},
		Clients:   ortlib.Clients(ctx),
	}
	if dir := ortlib.Folder(); dir != "" {
		e.Folders = append(e.Folders, newFolder(dir, "for ONNX Runtime"))
	}
	if e.Runtime, unable = onnx.Ready(o); unable != nil {
		e.Runtime, e.Problem = nil, unable.Error()
		return e, unable
	}
	e.Ready, e.Providers = true, onnx.Available()
	return e, nil
}

// features are those of the processor that the program has use for.
func features() []string {
	has := []string{}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"AVX2", cpu.X86.HasAVX2},
		{"FMA", cpu.X86.HasFMA},
		{"AVX-512", cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW},
		{"NEON", cpu.ARM64.HasASIMD},
	} {
		if f.has {
			has = append(has, f.name)
		}
	}
	return has
}

// pulled are the models that `models pull` put into the working folder, or into models there.
func pulled() []model {
	all := []model{}
	for _, pattern := range []string{"*", filepath.Join("models", "*")} {
		locks, _ := filepath.Glob(filepath.Join(pattern, hub.LockFile))
		for _, path := range locks {
			if lock, err := hub.ReadLock(filepath.Dir(path)); err == nil {
				all = append(all, model{filepath.Dir(path), lock.Repository, lock.Revision})
			}
		}
	}
	return all
}

// newFolder asks for the free space of a folder, or of the nearest one above it that is there.
func newFolder(path, purpose string) folder {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	f := folder{Path: path, For: purpose, Free: -1}
	for there := path; ; there = filepath.Dir(there) {
		if _, err := os.Stat(there); err == nil {
			f.Free = shell.Free(there)
			return f
		}
		if there == filepath.Dir(there) {
			return f
		}
	}
}
