package saved

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Rounds reads the first n records of a rounds.jsonl. Later lines belong to rounds after the checkpoint and are
// ignored; fewer than n lines are an error.
func Rounds(path string, n int) ([]metric.Round, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("fed: read rounds: %w", err)
	}
	var records []metric.Round
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 64<<20)
	for len(records) < n && lines.Scan() {
		var rec metric.Round
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil || rec.Round != len(records)+1 {
			n := len(records) + 1
			return nil, fault.Corruptf("fed: %s line %d is not the record of round %d; train again without --resume",
				path, n, n)
		}
		records = append(records, rec)
	}
	if len(records) < n {
		return nil, fault.Corruptf("fed: %s holds %d rounds, the checkpoint %d; train again without --resume",
			path, len(records), n)
	}
	return records, nil
}

// OpenJournal writes the given records afresh and opens the file for appending, so that a torn or superseded tail of
// an interrupted run is gone.
func OpenJournal(path string, records []metric.Round) (*os.File, error) {
	err := durable.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		for _, rec := range records {
			if err := enc.Encode(rec); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fed: start %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("fed: open rounds: %w", err)
	}
	return f, nil
}
