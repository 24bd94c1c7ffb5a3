package models

import "fmt"

// config is the part of a Hugging Face config.json that a run depends on.
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
}

// The limits are far above any published encoder; beyond them a file is damaged rather than large.
const (
	maxDim     = 1 << 14
	maxContext = 1 << 12
	maxEdge    = 1 << 12
)

// dim is the width of the shared space: old exports repeat it in the towers only.
func (c config) dim() int {
	for _, d := range []int{c.Projection, c.Vision.Projection, c.Text.Projection} {
		if d != 0 {
			return d
		}
	}
	return 0
}

func (c config) check() error {
	switch {
	case c.ModelType != "clip":
		// Other families pool, tokenise or score differently; read as CLIP they would run and be silently wrong.
		return fmt.Errorf("model_type is %q, only \"clip\" is supported", c.ModelType)
	case c.dim() < 1 || c.dim() > maxDim:
		return fmt.Errorf("projection_dim is %d, want 1 to %d", c.dim(), maxDim)
	case c.Text.Context < 3 || c.Text.Context > maxContext:
		return fmt.Errorf("text_config.max_position_embeddings is %d, want 3 to %d", c.Text.Context, maxContext)
	case c.Vision.ImageSize < 0 || c.Vision.ImageSize > maxEdge:
		return fmt.Errorf("vision_config.image_size is %d, want 1 to %d", c.Vision.ImageSize, maxEdge)
	}
	return nil
}
