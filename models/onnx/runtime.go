//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models/ortlib"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Linked tells whether the program was built with cgo, and so can run models.
const Linked = true

// environment is ONNX Runtime's, one for a process. It is never torn down: sessions end before the process does.
var environment struct {
	sync.Mutex
	library string
}

// Ready finds and loads ONNX Runtime and tries the provider. A command asks for it before it begins, so that what is
// missing is known before any work is done, and not after.
func Ready(o Options) (*ortlib.Library, error) {
	library, err := ortlib.Locate(o.Library)
	if err != nil {
		return nil, err
	}
	if err := start(library.Path); err != nil {
		return nil, err
	}
	opts, err := options(o)
	if err != nil {
		return nil, err
	}
	library.Version = ort.GetVersion()
	return library, opts.Destroy()
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
		if strings.Contains(err.Error(), "API base") {
			err = errors.New("it is older than " + ortlib.Required)
		}
		return fault.Missingf("onnx: cannot use ONNX Runtime %s: %w; %s", library, err, ortlib.Remedy)
	}
	environment.library = library
	return nil
}

// Available are those of Providers that the loaded library can use; none before Ready.
func Available() []string {
	var all []string
	if !ort.IsInitialized() {
		return nil
	}
	for provider := range strings.SplitSeq(Providers, ", ") {
		if opts, err := options(Options{Provider: provider}); err == nil {
			_ = opts.Destroy() // it was only tried
			all = append(all, provider)
		}
	}
	return all
}

// Version is that of the loaded ONNX Runtime, or empty before Ready.
func Version() string {
	if !ort.IsInitialized() {
		return ""
	}
	return ort.GetVersion()
}
