package bpe

import (
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/fedpurel/fedpurel/train/fault"
)

// padding finds the id that fills up texts: as tokenizer.json pads, else tokenizer_config.json's pad_token, else fallback.
func padding(fsys fs.FS, t *Tokenizer, fallback int64) (int64, error) {
	var single struct {
		Padding *struct {
			ID int64 `json:"pad_id"`
		} `json:"padding"`
	}
	var config struct {
		Token token `json:"pad_token"`
	}
	for name, into := range map[string]any{"tokenizer.json": &single, "tokenizer_config.json": &config} {
		data, err := readFile(fsys, name)
		if err == nil {
			err = json.Unmarshal(data, into)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fault.Corruptf("bpe: read %s: %w: take the tokenizer files from the model's own folder again", name, err)
		}
	}
	id, ok := t.ids[string(config.Token)]
	switch {
	case single.Padding != nil:
		id = single.Padding.ID
	case ok:
	case config.Token != "":
		return 0, fault.Corruptf("bpe: read tokenizer_config.json: its pad_token %.40q is not in the vocabulary", config.Token)
	case fallback < 0:
		id = t.end
	default:
		id = fallback
	}
	if id < 0 || id > t.end {
		return 0, fault.Corruptf("bpe: texts would be padded with %d, which is outside the vocabulary of %d", id, t.end+1)
	}
	return id, nil
}

// token is a string, or an object with the string as content.
type token string

// UnmarshalJSON accepts both spellings, and null.
func (t *token) UnmarshalJSON(b []byte) error {
	var object struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(b, (*string)(t)) == nil {
		return nil
	}
	err := json.Unmarshal(b, &object)
	*t = token(object.Content)
	return err
}
