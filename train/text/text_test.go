package text_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/text"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"", 5, nil},
		{" \n ", 5, nil},
		{"ab cd ef", 5, []string{"ab cd", "ef"}},
		{"ab  cd\nef", 8, []string{"ab cd ef"}},
		{"a longerthanthat b", 5, []string{"a", "longerthanthat", "b"}},
		{"σσ → ττ", 4, []string{"σσ →", "ττ"}}, // runes, not bytes
	} {
		if got := text.Wrap(c.text, c.columns); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
