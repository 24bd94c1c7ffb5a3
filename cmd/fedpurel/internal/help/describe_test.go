package help

import (
	"strings"
	"testing"
)

// Paragraphs are filled, lists keep their lines, examples that are too long go on behind a backslash.
func TestDescribe(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 30))
	option := " --an-option-with-a-name value"
	got := describe("One line\nand another.\n\nall: " + long + "\npooled: short\n\n" +
		"Example: fedpurel a --b c\n         fedpurel d" + strings.Repeat(option, 3) + "\n           --last")
	want := "One line and another.\n\n" +
		"all: " + strings.Repeat("word ", 13) + "word\n" +
		"    " + strings.Repeat("word ", 14) + "word\n    word\npooled: short\n\n" +
		"Example: fedpurel a --b c\n         fedpurel d" + option + " \\\n" +
		"          " + option + option + " --last\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
