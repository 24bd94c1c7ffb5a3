package bpe

import (
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/fedpurel/fedpurel/models/hftoken"
	"github.com/fedpurel/fedpurel/train/fault"
)

// padding finds the id that fills up texts: as tokenizer.json pads, else tokenizer_config.json's pad_token, else
// fallback.
func padding(fsys fs.FS, t *Tokenizer, fallback int64) (int64, error) {
	var single struct {
		Padding *struct {
			ID int64 `json:"pad_id"`
		} `json:"padding"`
	}
	const again = "take the tokenizer files from the model's own folder again"
	data, err := readFile(fsys, "tokenizer.json")
	if err == nil {
		err = json.Unmarshal(data, &single)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fault.Corruptf("bpe: read tokenizer.json: %w: "+again, err)
	}
	token, err := hftoken.PadToken(fsys)
	if err != nil {
		return 0, fault.Corruptf("bpe: read %s: %w: "+again, hftoken.ConfigFile, err)
	}
	id, ok := t.ids[token]
	switch {
	case single.Padding != nil:
		id = single.Padding.ID
	case ok:
	case token != "":
		return 0, fault.Corruptf("bpe: read tokenizer_config.json: its pad_token %.40q is not in the vocabulary", token)
	case fallback < 0:
		id = t.end
	default:
		id = fallback
	}
	if id < 0 || id > t.end {
		return 0, fault.Corruptf("bpe: texts would be padded with %d, which is outside the vocabulary of %d",
			id, t.end+1)
	}
	return id, nil
}
