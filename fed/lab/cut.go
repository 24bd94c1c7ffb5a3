package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Piece is the cache of one client's images, or of those that are nobody's.
type Piece struct {
	Name     string // of the site, and of its folder
	Dir      string
	Manifest *cache.Manifest
	Complete bool // it was there already
}

// Cutting says how a cache is cut into those of its clients.
type Cutting struct {
	Out      string            // folder of the sites' folders, and of the partition
	Names    []string          // of the sites; nil: those that the data has, or site-1, site-2, …
	Rest     string            // folder for the test images that are nobody's; empty: they are left out
	Versions map[string]string // for the manifests
	Observe  func(done, total int)
}

// PartitionFile is the name of the partition beside the sites' caches.
const PartitionFile = "partition.json"

// Cut makes a cache for each client of the spec's partition, Out/NAME, with its training and test rows in the
// partition's order, and Out/partition.json, by which a simulation on the whole cache has the same clients. Caches that
// are there already stay: what was interrupted goes on when the same is asked for again. Clients that never take part
// get no cache. Of How, NoVerify and Notice matter.
func (how How) Cut(ctx context.Context, s Spec, to Cutting) ([]Piece, error) {
	x, err := open(ctx, s, nil, how)
	if err != nil {
		return nil, err
	}
	defer x.close()
	names, err := siteNames(x.partition, to.Names)
	if err != nil {
		return nil, err
	}
	how.tell(x.notices()...)
	if x.cache.Manifest.Tokens != nil {
		how.tell(fmt.Sprintf("the tokens that %s keeps stay behind: modules inside the image tower do not train on "+
			"parts of it", x.cache.Dir))
	}
	var pieces []Piece
	rows := []map[string][]int{}
	total := 0
	for k, shard := range x.partition.Clients {
		pieces = append(pieces, Piece{Name: names[k], Dir: filepath.Join(to.Out, names[k])})
		rows = append(rows, map[string][]int{"train": shard.Train, "test": shard.Test})
	}
	if to.Rest != "" {
		pieces = append(pieces, Piece{Name: filepath.Base(to.Rest), Dir: to.Rest})
		rows = append(rows, map[string][]int{"test": nobodys(x.partition, x.test.Len())})
	}
	for _, r := range rows {
		total += len(r["train"]) + len(r["test"])
	}
	done := 0
	for i := range pieces {
		p := &pieces[i]
		p.Manifest, err = cache.Cut(ctx, p.Dir, x.cache, rows[i], to.Versions)
		p.Complete = errors.Is(err, cache.ErrComplete)
		if err != nil && !p.Complete {
			return nil, err
		}
		if done += len(rows[i]["train"]) + len(rows[i]["test"]); to.Observe != nil {
			to.Observe(done, total)
		}
	}
	return pieces, durable.WriteJSON(filepath.Join(to.Out, PartitionFile), x.partition)
}

// siteNames are those of the clients' folders. In the order of bytes, which is that of `cache merge --sites`, names
// that nobody chose stand in the order of clients.
func siteNames(p *partition.Partition, chosen []string) ([]string, error) {
	n := len(p.Clients)
	if chosen != nil && len(chosen) != n {
		return nil, fault.Usagef("%d names for %d clients: give one for each", len(chosen), n)
	}
	var names []string
	seen := map[string]int{}
	digits := len(strconv.Itoa(n))
	for k := range p.Clients {
		name := strings.NewReplacer("/", "-", `\`, "-").Replace(p.Name(k))
		switch {
		case chosen != nil:
			name = chosen[k]
		case name == "":
			name = fmt.Sprintf("site-%0*d", digits, k+1)
		}
		if err := (cache.Site{Name: name, Dir: "CACHE"}).Check(); err != nil {
			return nil, err
		}
		if other, twice := seen[name]; twice {
			return nil, fault.Usagef("clients %d and %d would both be called %s; name the sites with --names",
				other+1, k+1, name)
		}
		seen[name] = k
		names = append(names, name)
	}
	return names, nil
}

// nobodys are the test rows that no client owns; those that never take part own theirs.
func nobodys(p *partition.Partition, n int) (rows []int) {
	owned := make([]bool, n)
	for _, shard := range p.Everyone() {
		for _, r := range shard.Test {
			owned[r] = true
		}
	}
	for r, is := range owned {
		if !is {
			rows = append(rows, r)
		}
	}
	return rows
}
