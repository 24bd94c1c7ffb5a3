package pixel

import (
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Recipe prepares pictures for one encoder. It is safe for concurrent use.
type Recipe struct {
	p     models.Preprocess
	k     kernel
	table [3][256]float32 // (v/255 − mean)/std per channel
}

// NewRecipe checks the description of an encoder's input.
func NewRecipe(p models.Preprocess) (*Recipe, error) {
	recipe := &Recipe{p: p}
	switch p.Interpolation {
	case "bicubic":
		recipe.k = bicubic
	case "bilinear":
		recipe.k = bilinear
	case "tensor-bilinear":
		if p.Resize != "squash" || p.ResizeTo != p.Size {
			return nil, fault.Usagef("pixel: interpolation tensor-bilinear goes with resize squash and no crop, "+
				"not with %+v", p)
		}
	default:
		return nil, fault.Usagef("pixel: interpolation %q is not bicubic or bilinear", p.Interpolation)
	}
	if p.Size < 1 || p.ResizeTo < p.Size || (p.Resize != "shortest" && p.Resize != "squash") ||
		(p.CropRule != "hf" && p.CropRule != "torchvision") {
		return nil, fault.Usagef("pixel: cannot prepare pictures as %+v", p)
	}
	for c := range 3 {
		if !(p.Std[c] > 0) {
			return nil, fault.Usagef("pixel: standard deviations %v are not all positive", p.Std)
		}
		for v := range 256 {
			recipe.table[c][v] = (float32(v)/255 - p.Mean[c]) / p.Std[c]
		}
	}
	return recipe, nil
}

// Size is the edge of the square input, in pixels.
func (p *Recipe) Size() int { return p.p.Size }

// Decode decodes a file as [Decode] does, and turns the picture upright if the encoder's description asks for it. A
// TIFF is upright already.
func (p *Recipe) Decode(data []byte) (*RGB, error) {
	img, err := Decode(data)
	if err == nil && p.p.Orient && !isTIFF(data) {
		img = upright(img, data)
	}
	return img, err
}

// Apply writes the prepared picture into dst, planar: (3, Size, Size), red first. dst has length 3·Size·Size. Only the
// rows and columns that survive the crop are computed, so that a long thin picture costs no more than a square one.
func (p *Recipe) Apply(img *RGB, dst []float32) {
	s := p.p.Size
	if len(dst) != 3*s*s {
		panic("pixel: destination of the wrong size")
	}
	if p.p.Interpolation == "tensor-bilinear" {
		p.tensorResize(img, dst)
		return
	}
	p.normalise(p.cut(img), dst)
}

// normalise turns the bytes of a finished picture into the encoder's numbers, plane by plane.
func (p *Recipe) normalise(cut *RGB, dst []float32) {
	n := p.p.Size * p.p.Size
	red, green, blue := dst[:n], dst[n:2*n], dst[2*n:3*n]
	pix := cut.Pix
	for i := range red {
		if len(pix) < 3 { // never; it saves the compiler three checks
			break
		}
		red[i], green[i], blue[i] = p.table[0][pix[0]], p.table[1][pix[1]], p.table[2][pix[2]]
		pix = pix[3:]
	}
}

// cut resizes and crops.
func (p *Recipe) cut(img *RGB) *RGB {
	w, h := p.target(img.W, img.H)
	s := p.p.Size
	return resize(img, p.k, w, h, window{p.margin(w - s), p.margin(h - s), s, s})
}

// target is the size before the crop: with "shortest" the shorter edge becomes ResizeTo and the longer one
// ⌊ResizeTo·long/short⌋, as torchvision and Hugging Face compute it.
func (p *Recipe) target(w, h int) (int, int) {
	to := p.p.ResizeTo
	if p.p.Resize == "squash" {
		return to, to
	}
	if w < h {
		return to, to * h / w
	}
	return to * w / h, to
}

// margin is where the crop begins: d/2 rounded down (Hugging Face), or to the even neighbour (torchvision).
func (p *Recipe) margin(d int) int {
	if p.p.CropRule == "torchvision" && d%4 == 3 {
		return (d + 1) / 2
	}
	return d / 2
}
