package models

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

var (
	clipMean = []float64{0.48145466, 0.4578275, 0.40821073}
	clipStd  = []float64{0.26862954, 0.26130258, 0.27577711}
)

// preset is a way of preparing pictures that families of encoders share.
type preset struct {
	name, about, resize, interpolation string
	mean, std                          []float64
}

// presets are for folders that do not say how their pictures are prepared, and for trying another way.
var presets = []preset{
	{"clip", "shorter edge to the size, bicubic; centre crop; CLIP's statistics", "shortest", "bicubic", clipMean, clipStd},
	{"siglip", "both edges to the size, bicubic; mean and deviation ½", "squash", "bicubic", []float64{0.5, 0.5, 0.5}, []float64{0.5, 0.5, 0.5}},
	{"mobileclip", "shorter edge to the size, bilinear; centre crop; pixels in 0 to 1", "shortest", "bilinear", []float64{0, 0, 0}, []float64{1, 1, 1}},
	{"squash", "both edges to the size, bicubic; CLIP's statistics", "squash", "bicubic", clipMean, clipStd},
	{"cifar-released", "as FedPuReL's release does for CIFAR-100: CIFAR-100's statistics, then the numbers are resized, bilinear",
		"squash", "tensor-bilinear", []float64{0.5071, 0.4865, 0.4409}, []float64{0.2673, 0.2564, 0.2762}},
	{"cifar10-released", "the same with CIFAR-10's statistics",
		"squash", "tensor-bilinear", []float64{0.4914, 0.4822, 0.4465}, []float64{0.2023, 0.1994, 0.2010}},
}

// Presets lists the names of the ways to prepare pictures, with a line about each.
func Presets() (names, about []string) {
	for _, p := range presets {
		names, about = append(names, p.name), append(about, p.about)
	}
	return names, about
}

// Preset returns a way to prepare pictures for an encoder whose input has the given edge.
func Preset(name string, size int, crop string) (Preprocess, error) {
	i := slices.IndexFunc(presets, func(p preset) bool { return p.name == name })
	if i < 0 {
		known, _ := Presets()
		return Preprocess{}, fault.Usagef("models: preprocessing %q is not known; known are %s", name, strings.Join(known, ", "))
	}
	if size < 1 || size > maxEdge {
		return Preprocess{}, fault.Usagef("models: preprocessing %q needs the size of the encoder's pictures, which its files do not say: pass --image-size, for CLIP 224", name)
	}
	p := presets[i]
	out := Preprocess{Size: size, ResizeTo: size, Resize: p.resize, Interpolation: p.interpolation, CropRule: crop}
	return out.withStatistics(p.mean, p.std)
}
