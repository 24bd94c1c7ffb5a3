// Package hftoken has what Hugging Face's tokenizers share, whatever their kind.
package hftoken

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"
)

// ConfigFile may name the token that fills up texts.
const ConfigFile = "tokenizer_config.json"

// maxBytes bounds the file.
const maxBytes = 64 << 20

// PadToken is the pad_token of the folder's tokenizer_config.json: a string, or an object with the string as
// content. It is empty if the file is not there or names none.
func PadToken(fsys fs.FS) (string, error) {
	f, err := fsys.Open(ConfigFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && len(data) > maxBytes {
		err = fmt.Errorf("it has more than %d bytes", maxBytes)
	}
	if err != nil {
		return "", err
	}
	var config struct {
		Token token `json:"pad_token"`
	}
	err = json.Unmarshal(data, &config)
	return string(config.Token), err
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

// Lower takes lower-case letters one by one, without a look at their neighbours: a final sigma becomes a plain one.
func Lower(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == 'İ' { // the only letter whose lower case is two characters
			b.WriteString("i\u0307")
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
