package durable

import (
	"bytes"
	"encoding/json"
	"testing"
)

// Both layouts are encoding/json's, byte by byte.
func FuzzLayout(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `{"a":{},"b":[],"c":[[],{}]}`, `"\\\"{[, "`, "[ ]",
		`{"a \"": [1, -2.5e-9,null , true],"é": "\u00e9]"}`,
		"{ \"a\" :\t[\n1\r] }", `{"a":"\\"}`, `3`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		if !json.Valid(object) {
			return
		}
		var got, want bytes.Buffer
		if err := json.Compact(&want, object); err != nil || compact(&got, object) != nil ||
			got.String() != want.String() {
			t.Fatalf("compact: %q, expected %q (%v)", got.String(), want.String(), err)
		}
		plain := bytes.Clone(want.Bytes())
		got.Reset()
		want.Reset()
		if err := json.Indent(&want, plain, "", "  "); err != nil || indent(&got, plain) != nil ||
			got.String() != want.String() {
			t.Fatalf("indent: %q, expected %q (%v)", got.String(), want.String(), err)
		}
	})
}
