// Package onnx runs dual encoders with ONNX Runtime. It is the only package that needs cgo; built without, it says so
// when it is asked to run a model.
package onnx

// Options say how to run a model.
type Options struct {
	Library string // path of the shared library, or "" to search
	Threads int    // intra-op threads of one call; below 1 counts as 1
	// Provider is what computes: one of Providers, or "" for the CPU.
	Provider string
	// Tap is a value of the image tower's network, the states of its tokens, that is an output, too: the encoder is a
	// models.TokenEncoder then. Empty: none.
	Tap string
	// TokensFirst: the value is (tokens,images,width), and not (images,tokens,width).
	TokensFirst bool
}

// Providers names the execution providers that may be asked for. Which of them there are depends on the library.
const Providers = "cpu, cuda, coreml, openvino, directml"
