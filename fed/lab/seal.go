package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Seal is the checksum at the end of the run's result.json, by which others can name the run. It is empty where the run
// is unfinished, or older than seals.
func (f *Folder) Seal() string {
	data, err := os.ReadFile(filepath.Join(f.Dir, resultFile))
	if err != nil {
		return ""
	}
	var result struct {
		Seal string `json:"seal"`
	}
	_ = json.Unmarshal(data, &result) // Open has read it
	return result.Seal
}
