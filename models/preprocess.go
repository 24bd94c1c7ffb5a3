package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Preprocess says how a decoded picture becomes the (3, Size, Size) input of the vision tower:
// RGB first, resize, centre crop, divide by 255, then (x − Mean)/Std per channel. With "tensor-bilinear", the numbers
// are resized after they were divided, shifted and scaled.
type Preprocess struct {
	Size     int    `json:"size"`      // edge of the square input, in pixels
	Resize   string `json:"resize"`    // "shortest": the shorter edge becomes ResizeTo; "squash": both do
	ResizeTo int    `json:"resize_to"` // in pixels
	// Interpolation is "bicubic" or "bilinear" as Pillow defines them, or "tensor-bilinear".
	Interpolation string     `json:"interpolation"`
	CropRule      string     `json:"crop_rule"` // "hf" rounds an odd margin down, "torchvision" half to even
	Mean          [3]float32 `json:"mean"`
	Std           [3]float32 `json:"std"`
	Orient        bool       `json:"orient,omitempty"` // turn pictures as their tags say, and not TIFF only
}

// preprocessor is a Hugging Face preprocessor_config.json, in its old and its new spelling.
// Switches are on unless the file says otherwise, as in the image processor that writes them.
type preprocessor struct {
	DoResize      *bool     `json:"do_resize"`
	Size          edges     `json:"size"`
	Resample      *int      `json:"resample"`
	DoCenterCrop  *bool     `json:"do_center_crop"`
	CropSize      edges     `json:"crop_size"`
	DoRescale     *bool     `json:"do_rescale"`
	RescaleFactor *float64  `json:"rescale_factor"`
	DoNormalize   *bool     `json:"do_normalize"`
	Mean          []float64 `json:"image_mean"`
	Std           []float64 `json:"image_std"`
}

// edges is a size: 224 (old), {"shortest_edge": 224}, or {"height": 224, "width": 224}.
type edges struct{ Shortest, Height, Width int }

func (e *edges) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &e.Shortest) == nil {
		return nil
	}
	var v struct {
		Shortest int `json:"shortest_edge"`
		Height   int `json:"height"`
		Width    int `json:"width"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return errors.New("a size is neither a number nor an object with shortest_edge or height and width")
	}
	*e = edges(v)
	return nil
}

// square is the edge of a square crop: the old spelling gives one number for both edges.
func (e edges) square() int {
	if e.Height == 0 && e.Width == 0 {
		return e.Shortest
	}
	if e.Height != e.Width {
		return -1
	}
	return e.Height
}

// resample maps Pillow's filter numbers to names; the others are not in use by published encoders.
var resample = map[int]string{2: "bilinear", 3: "bicubic"}

// resolve checks the file and fills in Preprocess.
func (p preprocessor) resolve(crop string) (Preprocess, error) {
	out := Preprocess{CropRule: crop, Std: [3]float32{1, 1, 1}}
	if !on(p.DoResize) || !on(p.DoRescale) {
		return out, errors.New("do_resize and do_rescale must be on: the encoder needs pictures of one size, in 0 to 1")
	}
	if f := p.RescaleFactor; f != nil && math.Abs(*f*255-1) > 1e-6 {
		return out, fmt.Errorf("rescale_factor is %v, only 1/255 is supported", *f)
	}
	number := 3
	if p.Resample != nil {
		number = *p.Resample
	}
	if out.Interpolation = resample[number]; out.Interpolation == "" {
		return out, fmt.Errorf("resample is %d, only 2 (bilinear) and 3 (bicubic) are supported", number)
	}
	switch {
	case p.Size.Shortest > 0:
		out.Resize, out.ResizeTo = "shortest", p.Size.Shortest
	case p.Size.square() > 0:
		out.Resize, out.ResizeTo = "squash", p.Size.square()
	default:
		return out, fmt.Errorf("size is %+v, want a shortest edge or a square", p.Size)
	}
	out.Size = out.ResizeTo
	if on(p.DoCenterCrop) && p.CropSize != (edges{}) {
		out.Size = p.CropSize.square()
	} else if out.Resize == "shortest" && !on(p.DoCenterCrop) {
		return out, errors.New("do_center_crop is off and size keeps the aspect ratio: the encoder needs squares")
	}
	if out.Size < 1 || out.Size > out.ResizeTo || out.ResizeTo > maxEdge {
		return out, fmt.Errorf("crop_size %+v does not fit size %+v", p.CropSize, p.Size)
	}
	if !on(p.DoNormalize) {
		return out, nil
	}
	return out.withStatistics(p.Mean, p.Std)
}

// withStatistics sets mean and deviation, checked.
func (p Preprocess) withStatistics(mean, std []float64) (Preprocess, error) {
	if len(mean) != 3 || len(std) != 3 {
		return p, fmt.Errorf("the mean has %d numbers and the deviation %d, want 3 each", len(mean), len(std))
	}
	for c := range 3 {
		if math.IsNaN(mean[c]) || math.Abs(mean[c]) > 10 || !(std[c] > 1e-3) || std[c] > 10 {
			return p, fmt.Errorf("mean %v and deviation %v are not of pixels in 0 to 1", mean, std)
		}
		p.Mean[c], p.Std[c] = float32(mean[c]), float32(std[c])
	}
	return p, nil
}

func on(b *bool) bool { return b == nil || *b }
