package models

import (
	"fmt"
	"html"
	"strings"
)

// punctuation is Python's string.punctuation.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// Canonical is open_clip's cleaning "canonicalize", which SigLIP was trained with: HTML entities resolved twice,
// underscores to blanks, no punctuation, lower case, single blanks.
func Canonical(text string) string {
	text = strings.ReplaceAll(html.UnescapeString(html.UnescapeString(text)), "_", " ")
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune(punctuation, r) {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(strings.ToLower(text)), " ")
}

// Cleaner is what a config's tokenizer_kwargs.clean asks for, or nil. "lower" and "whitespace" are what the
// tokenizers do by themselves.
func (m *Model) Cleaner() (func(string) string, error) {
	switch m.Clean {
	case "", "lower", "whitespace":
		return nil, nil
	case "canonicalize":
		return Canonical, nil
	}
	return nil, fmt.Errorf("texts are to be cleaned by %q, which is not known; "+
		"give class embeddings with --text-features", m.Clean)
}
