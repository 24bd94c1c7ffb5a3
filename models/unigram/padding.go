package unigram

import (
	"encoding/json"
	"errors"
	"io/fs"
)

// ConfigFile may name the piece that fills up texts.
const ConfigFile = "tokenizer_config.json"

// padToken is what tokenizer_config.json says of padding, or "".
func padToken(fsys fs.FS) (string, error) {
	data, err := fs.ReadFile(fsys, ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var config struct {
		Token json.RawMessage `json:"pad_token"`
	}
	if err == nil {
		err = json.Unmarshal(data, &config)
	}
	var text string
	var object struct{ Content string }
	if err == nil && len(config.Token) > 0 && json.Unmarshal(config.Token, &text) != nil {
		err = json.Unmarshal(config.Token, &object)
		text = object.Content
	}
	return text, err
}
