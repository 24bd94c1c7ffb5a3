package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
)

// everyone stands where a client's number could.
const everyone = -1

// clientCalled finds a client by its name or number; an empty name is everyone.
func clientCalled(p *partition.Partition, name string) (int, error) {
	if name == "" {
		return everyone, nil
	}
	if p.Names != nil {
		if k := slices.Index(p.Names, name); k >= 0 {
			return k, nil
		}
		return 0, fault.Usagef("model: unknown client %q;%s known: %s",
			name, fault.DidYouMean(name, p.Names), known(p.Names, len(p.Clients)))
	}
	if k, err := strconv.Atoi(name); err == nil && k >= 1 && k <= len(p.Clients) {
		return k - 1, nil
	}
	return 0, fault.Usagef("model: unknown client %q; known: %s", name, known(p.Names, len(p.Clients)))
}

// known lists the clients by what they are called: the first ones of many.
func known(names []string, n int) string {
	const most = 50
	switch {
	case names == nil:
		return fmt.Sprintf("1 to %d", n)
	case n > most:
		return fmt.Sprintf("%s, … (%d in all)", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// noGlobal says that a model for everybody is asked of a run that has none.
func (c *Card) noGlobal() error {
	return fault.Usagef("model: --method %s has no global model; name one of its clients: %s",
		c.Method, known(c.Names, c.Clients))
}
