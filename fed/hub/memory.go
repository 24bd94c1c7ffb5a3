package hub

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// sitesFile of the run folder says who the sites are, and which state of each belongs to the run's last rounds. It is
// written before the checkpoint of a round; with its own checksum.
const sitesFile = "sites.json"

// memory is sites.json.
type memory struct {
	Run    string           `json:"run"`
	Sites  []lab.Site       `json:"sites"`
	States map[int][]string `json:"states"` // by rounds finished: of the last two
	dir    string
}

// read reads what is there. A run that had no round yet has none.
func (m *memory) read(run string, sites int) error {
	path := filepath.Join(m.dir, sitesFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Missingf("hub: %w", err)
	}
	if err := json.Unmarshal(data, m); err != nil {
		return fault.Corruptf("hub: %s: %w", path, err)
	}
	if err := durable.CheckSeal(data); err != nil {
		return fault.Mismatchf("hub: %s: %w; restore it, or begin the run anew in another folder", path, err)
	}
	if m.Run != run {
		return fault.Usagef("hub: %s holds another run; use the same options, sites and identity, or another --out",
			m.dir)
	}
	if len(m.Sites) != sites {
		return fault.Corruptf("hub: %s names %d of %d sites", path, len(m.Sites), sites)
	}
	for _, states := range m.States {
		if len(states) != sites {
			return fault.Corruptf("hub: %s names states of %d of %d sites", path, len(states), sites)
		}
	}
	return nil
}

// at are the sites' states that belong to the folder's checkpoint; nil where there is none.
func (m *memory) at(dir string) ([]string, error) {
	round, err := saved.Round(filepath.Join(dir, fed.CheckpointDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	states := m.States[round]
	if states == nil {
		return nil, fault.Corruptf("hub: %s does not say which states of the sites belong to round %d",
			filepath.Join(dir, sitesFile), round)
	}
	return states, nil
}

// write notes the states after so many rounds.
func (m *memory) write(rounds int, states []string) error {
	next := map[int][]string{rounds: states}
	if before := m.States[rounds-1]; before != nil {
		next[rounds-1] = before
	}
	m.States = next
	return durable.WriteSealed(filepath.Join(m.dir, sitesFile), m)
}
