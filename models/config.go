package models

import (
	"fmt"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Family is a kind of dual encoder. It settles how texts are tokenized and scored where the folder's files do not say.
type Family string

// The families.
const (
	CLIP   Family = "clip"   // OpenAI's and LAION's, TinyCLIP, MetaCLIP, DFN, MobileCLIP: byte pairs, softmax
	SigLIP Family = "siglip" // sentence pieces, sigmoid with a bias, which a softmax over classes cancels
)

// config is the part of a Hugging Face config.json, or of open_clip's, that a run depends on. Zero is "not said".
type config struct {
	ModelType  string `json:"model_type"`
	Projection int    `json:"projection_dim"`
	Vision     struct {
		ImageSize  int `json:"image_size"`
		Projection int `json:"projection_dim"`
	} `json:"vision_config"`
	Text struct {
		Context    int `json:"max_position_embeddings"`
		Projection int `json:"projection_dim"`
	} `json:"text_config"`

	openCLIP
	Inner *openCLIP `json:"model_cfg"` // open_clip_config.json keeps the same one level deeper
}

// openCLIP is the description of an architecture by open_clip, which immich copies.
type openCLIP struct {
	EmbedDim int `json:"embed_dim"`
	VisionC  struct {
		ImageSize imageSize `json:"image_size"`
	} `json:"vision_cfg"`
	TextC struct {
		Context   int    `json:"context_length"`
		Tokenizer string `json:"hf_tokenizer_name"`
		Options   struct {
			Clean string `json:"clean"`
		} `json:"tokenizer_kwargs"`
	} `json:"text_cfg"`
}

// architecture is what any config says.
type architecture struct {
	family                  Family
	dim, context, imageSize int // 0 where it is not said
	clean                   string
}

// The limits are far above any published encoder; beyond them a file is damaged rather than large.
const (
	maxDim     = 1 << 14
	maxContext = 1 << 12
	maxEdge    = 1 << 12
)

// contexts are the lengths that configs leave out when they are the family's usual ones.
var contexts = map[Family]int{CLIP: 77, SigLIP: 64}

// architecture gathers what the config says. Without a text tower, any family will do.
func (c config) architecture(noText bool) (architecture, error) {
	o := c.openCLIP
	if c.Inner != nil {
		o = *c.Inner
	}
	a := architecture{family: CLIP, dim: c.Projection, context: c.Text.Context, imageSize: c.Vision.ImageSize}
	if o.EmbedDim != 0 {
		a = architecture{
			family:    CLIP,
			dim:       o.EmbedDim,
			context:   o.TextC.Context,
			imageSize: int(o.VisionC.ImageSize),
			clean:     o.TextC.Options.Clean,
		}
		if containsFold(o.TextC.Tokenizer, "siglip") {
			a.family = SigLIP
		}
	} else {
		switch c.ModelType {
		case "clip", "metaclip_2":
		case "clip_vision_model", "siglip_vision_model":
			if !noText {
				return a, fmt.Errorf("model_type is %q, an image tower alone: it can be used with --text-features",
					c.ModelType)
			}
			if c.ModelType == "siglip_vision_model" {
				a.family, a.dim = SigLIP, 0
			}
		case "siglip":
			a.family = SigLIP
			a.dim = 0 // the width of the vision tower, which the graph says better
		default:
			if noText {
				a.family = Family(c.ModelType)
				break
			}
			// Other families pool, tokenize or score differently; read as CLIP they would run and be silently wrong.
			return a, fmt.Errorf("model_type is %q, known are clip and siglip: this encoder needs another tokenizer; "+
				"its image tower alone can be used with --text-features", c.ModelType)
		}
		for _, d := range []int{c.Vision.Projection, c.Text.Projection} { // old exports repeat it in the towers only
			if a.dim == 0 && a.family == CLIP {
				a.dim = d
			}
		}
	}
	switch {
	case a.dim < 0 || a.dim > maxDim:
		return a, fmt.Errorf("the embedding's width is %d, want 1 to %d", a.dim, maxDim)
	case a.context < 0 || a.context > maxContext || a.context == 1 || a.context == 2:
		return a, fmt.Errorf("the text's length is %d, want 3 to %d", a.context, maxContext)
	case a.imageSize < 0 || a.imageSize > maxEdge:
		return a, fmt.Errorf("the image's size is %d, want 1 to %d", a.imageSize, maxEdge)
	}
	return a, nil
}

// architecture reads the first config that exists. Hugging Face's layouts always come with one.
func (m *Model) architecture(l layout, noText bool) (architecture, error) {
	name := first(m.Folder.FS, l.configs)
	if name == "" {
		if l.needsConfig() {
			return architecture{}, fault.Missingf("models: open %s: it has no %s, which belongs beside the towers",
				m.Folder, known(l.configs))
		}
		return architecture{family: CLIP}, nil // the exporters of these layouts know no other family
	}
	var c config
	if err := m.readJSON(name, &c); err != nil {
		return architecture{}, err
	}
	a, err := c.architecture(noText)
	if err != nil {
		return a, fault.Corruptf("models: read %s of %s: %w", name, m.Folder, err)
	}
	return a, nil
}
