package hftoken

import (
	"testing"
	"testing/fstest"
)

// Lower does what tokenizers' Lowercase().normalize_str does.
func TestLower(t *testing.T) {
	for text, want := range map[string]string{
		"ΑΣ İ":    "ασ i\u0307",
		"Señor ẞ": "señor ß",
		"ABC 1":   "abc 1",
		"\xff":    "\ufffd",
	} {
		if got := Lower(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPadToken(t *testing.T) {
	for config, want := range map[string]string{
		`{"pad_token":"!"}`:                 "!",
		`{"pad_token":{"content":"<pad>"}}`: "<pad>",
		`{"pad_token":null}`:                "",
		`{}`:                                "",
	} {
		if got, err := PadToken(fstest.MapFS{ConfigFile: {Data: []byte(config)}}); err != nil || got != want {
			t.Errorf("%s: %q, %v", config, got, err)
		}
	}
	if got, err := PadToken(fstest.MapFS{}); err != nil || got != "" {
		t.Errorf("no file: %q, %v", got, err)
	}
	for _, bad := range []string{"", "<html>", `{"pad_token":7}`} {
		if got, err := PadToken(fstest.MapFS{ConfigFile: {Data: []byte(bad)}}); err == nil {
			t.Errorf("%q gives %q", bad, got)
		}
	}
}
