package models

import (
	"fmt"
	"path"
	"slices"

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
	{"clip", "shorter edge to the size, bicubic; centre crop; CLIP's statistics",
		"shortest", "bicubic", clipMean, clipStd},
	{"siglip", "both edges to the size, bicubic; mean and deviation ½",
		"squash", "bicubic", []float64{0.5, 0.5, 0.5}, []float64{0.5, 0.5, 0.5}},
	{"mobileclip", "shorter edge to the size, bilinear; centre crop; pixels in 0 to 1",
		"shortest", "bilinear", []float64{0, 0, 0}, []float64{1, 1, 1}},
	{"squash", "both edges to the size, bicubic; CLIP's statistics",
		"squash", "bicubic", clipMean, clipStd},
	{"cifar-released", "as FedPuReL's release does for CIFAR-100: " +
		"CIFAR-100's statistics, then the numbers are resized, bilinear",
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
		return Preprocess{}, fault.Unknown("models: unknown preprocessing", name, known)
	}
	if size < 1 || size > maxEdge {
		return Preprocess{}, fault.Usagef("models: preprocessing %q needs the size of the encoder's pictures, "+
			"which its files do not say: pass --image-size, for CLIP 224", name)
	}
	p := presets[i]
	out := Preprocess{Size: size, ResizeTo: size, Resize: p.resize, Interpolation: p.interpolation, CropRule: crop}
	return out.withStatistics(p.mean, p.std)
}

// preprocessing finds how pictures are prepared: by the preset that was asked for, or as a file of the folder says.
func (m *Model) preprocessing(l layout, o own, configured int, opt Options) (err error) {
	size, err := m.Vision.size()
	if err != nil {
		return fault.Corruptf("models: %s of %s: %w", m.Vision.File, m.Folder, err)
	}
	for _, s := range []int{configured, opt.ImageSize} {
		if size == 0 {
			size = s
		}
	}
	if opt.ImageSize != 0 && opt.ImageSize != size {
		return fault.Usagef("models: open %s: its pictures are %d pixels wide, not %d as --image-size says",
			m.Folder, size, opt.ImageSize)
	}
	if opt.Prepare != nil {
		if m.Preprocess = *opt.Prepare; size != 0 && m.Preprocess.Size != size {
			return fault.Mismatchf("models: open %s: its pictures are %d pixels wide, not %d",
				m.Folder, size, m.Preprocess.Size)
		}
		return nil
	}
	crop := l.crop
	for _, rule := range []string{o.CropRule, opt.CropRule} {
		switch rule {
		case "":
		case "hf", "torchvision":
			crop = rule
		default:
			return fault.Unknown("models: unknown crop rule", rule, []string{"hf", "torchvision"})
		}
	}
	defer func() { m.Preprocess.Orient = opt.Orient }()
	if opt.Preprocess != "" {
		m.Preprocess, err = Preset(opt.Preprocess, size, crop)
		return err
	}
	name := first(m.Folder.FS, l.preprocess)
	if name == "" {
		presets, _ := Presets()
		return fault.Missingf("models: open %s: no file says how pictures are prepared (looked for %s); "+
			"say it with --preprocess (%s): for CLIP, clip", m.Folder, known(l.preprocess), known(presets))
	}
	var (
		hf preprocessor
		oc struct {
			transform
			Inner *transform `json:"preprocess_cfg"` // open_clip_config.json keeps the same one level deeper
		}
	)
	switch path.Base(name) {
	case "preprocessor_config.json":
		if err := m.readJSON(name, &hf); err != nil {
			return err
		}
		m.Preprocess, err = hf.resolve(crop)
	case "processor_config.json": // newer transformers keep the same one level deeper
		var whole struct {
			Image *preprocessor `json:"image_processor"`
		}
		if err := m.readJSON(name, &whole); err != nil {
			return err
		}
		if whole.Image == nil {
			return fault.Corruptf("models: read %s of %s: it has no image_processor; "+
				"say how pictures are prepared with --preprocess", name, m.Folder)
		}
		m.Preprocess, err = whole.Image.resolve(crop)
	default:
		if err := m.readJSON(name, &oc); err != nil {
			return err
		}
		if oc.Inner != nil {
			oc.transform = *oc.Inner
		}
		m.Preprocess, err = oc.resolve(size, crop)
	}
	if err == nil && size != 0 && m.Preprocess.Size != size {
		err = fmt.Errorf("pictures become %d pixels wide, but the encoder's are %d", m.Preprocess.Size, size)
	}
	if err != nil {
		return fault.Corruptf("models: read %s of %s: %w", name, m.Folder, err)
	}
	return nil
}
