package partition

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Sum identifies a division by its JSON, however that is indented: it is the SHA-256 of the JSON without white space,
// which env.json of a run records.
func Sum(data []byte) (string, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// Sum identifies the division, as its file does.
func (p *Partition) Sum() (string, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return Sum(data)
}

// Verify compares the file of a run's division with what the run recorded of it.
func Verify(path, recorded string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fault.Missingf("read run: %w", err)
	}
	got, err := Sum(data)
	if err != nil {
		return fault.Corruptf("read run: %s: %w", path, err)
	}
	if got != recorded {
		return fault.Mismatchf("read run: %s differs from what the run recorded in env.json: one of them was changed "+
			"or damaged; restore it, or train again in another folder", path)
	}
	return nil
}
