//go:build cgo

package onnx

import (
	"fmt"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/train/fault"
)

// environment is ONNX Runtime's, one for a process. It is never torn down: sessions end before the process does.
var environment struct {
	sync.Mutex
	library string
}

// start loads the shared library, once.
func start(library string) error {
	environment.Lock()
	defer environment.Unlock()
	if environment.library == library {
		return nil
	}
	if environment.library != "" {
		return fmt.Errorf("onnx: %s is loaded already; a process can use one ONNX Runtime", environment.library)
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		reason := err.Error()
		if strings.Contains(reason, "API base") {
			reason = "it is older than " + RequiredVersion
		}
		return fault.Missingf("onnx: cannot use ONNX Runtime %s: %s; %s", library, reason, remedy)
	}
	environment.library = library
	return nil
}

// Version is that of the loaded ONNX Runtime, or empty before the first Open.
func Version() string {
	if !ort.IsInitialized() {
		return ""
	}
	return ort.GetVersion()
}
