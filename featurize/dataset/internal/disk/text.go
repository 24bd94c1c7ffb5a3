package disk

import (
	"os"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// maxText bounds a file with names.
const maxText = 64 << 20

// ReadText reads a short text file, without a byte order mark.
func ReadText(file string) (string, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return "", fault.Missingf("dataset: %w", err)
	case !info.Mode().IsRegular(): // reading a pipe would wait for its other end
		return "", fault.Corruptf("dataset: %s is not a file", file)
	case info.Size() > maxText:
		return "", fault.Corruptf("dataset: %s has %d bytes, more than any list of names", file, info.Size())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fault.Missingf("dataset: %w", err)
	}
	return strings.TrimPrefix(string(data), "\ufeff"), nil
}

// Clipped shortens a text for a message.
func Clipped(text string) string {
	if len(text) > 80 {
		return strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}
