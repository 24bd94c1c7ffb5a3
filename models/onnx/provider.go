//go:build cgo

package onnx

import (
	"fmt"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/train/fault"
)

// attach makes a session use the execution provider. There is no silent return to the CPU: a provider that the library
// lacks is an error. (Single operators that a provider lacks do run on the CPU; that is ONNX Runtime's way.)
func attach(o *ort.SessionOptions, provider string) error {
	var err error
	switch provider {
	case "", "cpu":
		return nil
	case "cuda":
		var cuda *ort.CUDAProviderOptions
		if cuda, err = ort.NewCUDAProviderOptions(); err == nil {
			defer cuda.Destroy()
			err = o.AppendExecutionProviderCUDA(cuda)
		}
	case "coreml":
		err = o.AppendExecutionProviderCoreMLV2(nil)
	case "openvino":
		err = o.AppendExecutionProviderOpenVINO(nil)
	case "directml":
		err = o.AppendExecutionProviderDirectML(0)
	default:
		return fault.Unknown("onnx: unknown provider", provider, strings.Split(Providers, ", "))
	}
	if err != nil {
		return fault.Missingf("onnx: ONNX Runtime %s cannot use %s: %w; name a build that has it with --ort-lib, "+
			"or take --provider cpu", ort.GetVersion(), provider, err)
	}
	return nil
}

// options are those of every session.
func options(o Options) (*ort.SessionOptions, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("onnx: session options: %w", err)
	}
	for _, set := range []func() error{
		func() error { return opts.SetIntraOpNumThreads(max(o.Threads, 1)) },
		func() error { return opts.SetInterOpNumThreads(1) },
		func() error { return attach(opts, o.Provider) },
	} {
		if err := set(); err != nil {
			_ = opts.Destroy()
			return nil, err
		}
	}
	return opts, nil
}
