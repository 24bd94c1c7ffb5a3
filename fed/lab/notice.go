package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/option"
)

// notices are what somebody should know before a run: what it leaves out, what the data decided, and clients of which
// little can be said.
func (x *experiment) notices() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	p, whys := x.partition, map[string]string{}
	for _, f := range x.spec.follows {
		whys[f.Name] = f.Why
	}
	if by := p.LeftOut(x.train.Len()); by != "" {
		if why := whys["tail"]; why != "" && !strings.HasPrefix(why, "--") {
			by += " (" + why + ")"
		}
		say("training on %d of %d images: %s", p.Images(), x.train.Len(), by)
	}
	if why := whys["partition"]; why != "" && x.named { // else it was chosen
		say("--partition %s: %s", x.spec.Partition, why)
	}
	if why := whys["clients"]; why != "" {
		say("%s", why)
	}
	for _, f := range x.spec.follows {
		if !slices.Contains(option.Names(General{}), f.Name) {
			say("%s %s", option.Flag(f.Name), f.Why)
		}
	}
	if p.Names != nil {
		if n := x.test.Len() - tested(p); n > 0 && strings.HasPrefix(p.LocalTest, "code") {
			say("%d of %d test images are of no client that trains: they count for the global model alone",
				n, x.test.Len())
		}
		if p.Apart(x.train.Labels()) {
			say("no two clients have a class in common")
		}
	}
	if without := p.Untested(); len(without) > 0 {
		say("%s without test images: no accuracy of their own", clientsOf(p, without))
	}
	return all
}

// warnings are the notices, what was repaired in the partition, and classes that the encoder does not know by its
// zero-shot accuracy.
func (x *experiment) warnings(zeroShot float64) []string {
	all := x.notices()
	if x.partition.Names == nil { // the note of natural clients is about images that are left out, and said
		all = append(all, x.partition.Note)
	}
	return append(all, metric.Unknown(zeroShot, len(x.partition.Counts)))
}

// tested counts the test images that are some client's.
func tested(p *partition.Partition) (n int) {
	for _, s := range p.Clients {
		n += len(s.Test)
	}
	return n
}

// clientsOf counts clients, and names them where the data does: the first few of many.
func clientsOf(p *partition.Partition, which []int) string {
	const most = 5
	text := fmt.Sprintf("%d of %d clients are", len(which), len(p.Clients))
	if len(which) == 1 {
		text = fmt.Sprintf("1 of %d clients is", len(p.Clients))
	}
	if p.Names == nil {
		return text
	}
	var names []string
	for _, k := range which[:min(len(which), most)] {
		names = append(names, p.Name(k))
	}
	if len(which) > most {
		names = append(names, "…")
	}
	return text + " (" + strings.Join(names, ", ") + ")"
}
