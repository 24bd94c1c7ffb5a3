package weights

import (
	"cmp"
	"encoding/json"
	"fmt"
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

// configured are a tower's settings by the model's files; what the first one says of a thing holds.
func configured(m *models.Model, tower string) (s settings) {
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
		own := map[string]settings{"text": c.Text, "image": c.Vision}[tower]
		for _, said := range []settings{own, o.settings(tower)} {
			if s.Heads == 0 && s.headWidth == 0 {
				s.Heads, s.headWidth = said.Heads, said.headWidth
			}
			s.Eps, s.Activation = cmp.Or(s.Eps, said.Eps), cmp.Or(s.Activation, said.Activation)
		}
	}
	return s
}

// settings says the same in this package's words. What has no such tower says nothing.
func (o openCLIP) settings(tower string) (s settings) {
	switch {
	case tower == "text" && o.Text != nil:
		s.Heads = o.Text.Heads
	case tower == "image" && o.Vision != nil:
		s.headWidth = o.Vision.HeadWidth
	default:
		return s
	}
	if s.Activation = "gelu"; o.QuickGelu {
		s.Activation = "quick_gelu"
	}
	return s
}

// heads are those of a stream of a width, by the first number that is possible: those that its network says, in order,
// then these settings', then the width of 64 that CLIP's heads have.
func (s settings) heads(width int, said ...int) (int, error) {
	configured := s.Heads
	if s.headWidth > 0 {
		configured = width / s.headWidth
	}
	for _, n := range append(said, configured, width/64) {
		if n > 0 && width%n == 0 {
			return n, nil
		}
	}
	return 0, fmt.Errorf("nothing says how many heads its %d columns are", width)
}
