package weights

import (
	"encoding/json"
	"io/fs"

	"github.com/fedpurel/fedpurel/models"
)

// settings are what a model's own files say of a tower's blocks; zero is "not said".
type settings struct {
	Heads      int     `json:"num_attention_heads"`
	Eps        float64 `json:"layer_norm_eps"`
	Activation string  `json:"hidden_act"`

	headWidth int // open_clip gives this for images, and not the number of heads
}

// config is a file of settings.
type config struct {
	Vision settings `json:"vision_config"`
	Text   settings `json:"text_config"`
	openCLIP
	Inner *openCLIP `json:"model_cfg"`
}

// openCLIP is the same in open_clip's words.
type openCLIP struct {
	QuickGelu bool `json:"quick_gelu"`
	Vision    *struct {
		HeadWidth int `json:"head_width"`
	} `json:"vision_cfg"`
	Text *struct {
		Heads int `json:"heads"`
	} `json:"text_cfg"`
}

// maxConfig bounds a file of settings.
const maxConfig = 1 << 20

// configured are a tower's settings by the first of a model's files that says anything of its towers.
func configured(m *models.Model, tower string) settings {
	for _, name := range []string{"config.json", "open_clip_config.json"} {
		info, err := fs.Stat(m.Folder.FS, name)
		if err != nil || info.Size() > maxConfig {
			continue
		}
		data, err := fs.ReadFile(m.Folder.FS, name)
		var c config
		if err != nil || json.Unmarshal(data, &c) != nil {
			continue // models.Open has read what it needs
		}
		o := c.openCLIP
		if c.Inner != nil {
			o = *c.Inner
		}
		if s := o.settings(tower); s != (settings{}) {
			return s
		}
		if s := map[string]settings{"text": c.Text, "image": c.Vision}[tower]; s != (settings{}) {
			return s
		}
	}
	return settings{}
}

// settings says the same in this package's words.
func (o openCLIP) settings(tower string) (s settings) {
	switch {
	case o.Text == nil || o.Vision == nil:
		return s
	case tower == "text":
		s.Heads = o.Text.Heads
	default:
		s.headWidth = o.Vision.HeadWidth
	}
	if s.Activation = "gelu"; o.QuickGelu {
		s.Activation = "quick_gelu"
	}
	return s
}

// heads are those of a stream of a width; 0 if the files do not say, or what is not possible.
func (s settings) heads(width int) int {
	if s.headWidth > 0 {
		return width / s.headWidth
	}
	return s.Heads
}
