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
	var chain durable.Chain
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 64<<20)
	for len(records) < n && lines.Scan() {
		var rec metric.Round
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil || rec.Round != len(records)+1 {
			n := len(records) + 1
			return nil, fault.Corruptf("fed: %s line %d is not the record of round %d; train again without --resume",
				path, n, n)
		}
		if err := chain.Check(lines.Bytes()); err != nil {
			return nil, fault.Mismatchf("fed: %s line %d: %w; restore the file, or train again in another folder",
				path, rec.Round, err)
		}
		records = append(records, rec)
	}
	if len(records) < n {
		return nil, fault.Corruptf("fed: %s holds %d rounds, the checkpoint %d; train again without --resume",
			path, len(records), n)
	}
	return records, nil
}

// Journal is a rounds.jsonl that grows: a line for each round, sealed one after the other.
type Journal struct {
	file  *os.File
	chain durable.Chain
}

// OpenJournal writes the given records afresh and opens the file for more, so that a torn or superseded tail of an
// interrupted run is gone.
func OpenJournal(path string, records []metric.Round) (*Journal, error) {
	j := &Journal{}
	err := durable.WriteFile(path, func(w io.Writer) error {
		for _, rec := range records {
			line, err := j.line(rec)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fed: start %s: %w", path, err)
	}
	if j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return nil, fmt.Errorf("fed: open rounds: %w", err)
	}
	return j, nil
}

func (j *Journal) line(rec metric.Round) ([]byte, error) {
	line, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	return j.chain.Seal(line)
}

// Add appends a record and flushes it to the disk.
func (j *Journal) Add(rec metric.Round) error {
	line, err := j.line(rec)
	if err == nil {
		err = durable.AppendLine(j.file, line)
	}
	if err != nil {
		return fmt.Errorf("fed: record round %d: %w", rec.Round, err)
	}
	return nil
}

// Close ends writing. Nothing can be lost: every line was flushed when it was written.
func (j *Journal) Close() { _ = j.file.Close() }
