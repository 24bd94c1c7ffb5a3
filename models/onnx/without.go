//go:build !cgo

package onnx

import (
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/ortlib"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Linked tells whether the program was built with cgo, and so can run models.
const Linked = false

// Open reports that this program cannot run models.
func Open(*models.Model, Options) (models.Encoder, error) { return nil, without() }

// Ready reports that this program cannot run models.
func Ready(Options) (*ortlib.Library, error) { return nil, without() }

func without() error {
	return fault.Missingf("onnx: this program was built without cgo and cannot run ONNX models; " +
		"build it with CGO_ENABLED=1 and a C compiler, or make the cache elsewhere and use `fedpurel cache import`")
}

// Available is empty: there is no runtime.
func Available() []string { return nil }

// Version is empty: there is no runtime.
func Version() string { return "" }
