package weights

import (
	"encoding/json"
	"io/fs"

	"github.com/fedpurel/fedpurel/models"
)

// config is what a model's own files say of heads; zero is "not said".
type config struct {
	Vision struct {
		Heads int `json:"num_attention_heads"`
	} `json:"vision_config"`
	Text struct {
		Heads int `json:"num_attention_heads"`
	} `json:"text_config"`
	openCLIP
	Inner *openCLIP `json:"model_cfg"`
}

// openCLIP is the same in open_clip's words.
type openCLIP struct {
	Vision struct {
		HeadWidth int `json:"head_width"`
	} `json:"vision_cfg"`
	Text struct {
		Heads int `json:"heads"`
	} `json:"text_cfg"`
}

// maxConfig bounds a file of settings.
const maxConfig = 1 << 20

// configured is the number of heads of a tower by the model's files; 0 if they do not say.
func configured(m *models.Model, tower string, width int) int {
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
		switch {
		case tower == "text" && c.Text.Heads > 0:
			return c.Text.Heads
		case tower == "text" && o.Text.Heads > 0:
			return o.Text.Heads
		case tower == "image" && c.Vision.Heads > 0:
			return c.Vision.Heads
		case tower == "image" && o.Vision.HeadWidth > 0:
			return width / o.Vision.HeadWidth
		}
	}
	return 0
}
