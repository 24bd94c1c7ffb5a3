package partition

import (
	"fmt"
	"strings"
)

// LeftOut says by what some of a split's training images are left out, such as "--imbalance 100"; it is empty if all
// are somebody's.
func (p *Partition) LeftOut(rows int) string {
	held := p.unseenImages()
	var by []string
	if p.Images()+held < rows {
		by = p.leftBy()
	}
	if held > 0 {
		by = append(by, fmt.Sprintf("--unseen %d", len(p.Unseen)))
	}
	return strings.Join(by, "; ")
}

// leftBy says what leaves images to nobody.
func (p *Partition) leftBy() (by []string) {
	profile, err := FindProfile(Profiles, p.Tail)
	switch {
	case err != nil: // of another program's table, or none at all
		if p.Tail != "" {
			by = append(by, "--tail "+p.Tail)
		}
	case profile.New() == Tail(Whole{}):
	case p.Tail == Default().Profile.Name:
		by = append(by, fmt.Sprintf("--imbalance %g", p.Imbalance))
	default:
		by = append(by, "--tail "+p.Tail)
		if _, ok := profile.New().(imbalanced); ok {
			by[0] += fmt.Sprintf(" --imbalance %g", p.Imbalance)
		}
	}
	if p.Names != nil && p.Note != "" {
		by = append(by, p.Note)
	}
	if by == nil {
		by = append(by, "--partition "+p.Kind)
	}
	return by
}

// Images counts the training images of the clients that take part.
func (p *Partition) Images() (n int) {
	for _, c := range p.Counts {
		n += c
	}
	return n
}

// Name is the client's, where the data names it; else it is empty. Newcomers are numbered after the others.
func (p *Partition) Name(k int) string {
	if k >= len(p.Clients) {
		return p.Unseen[k-len(p.Clients)].Name
	}
	if p.Names == nil {
		return ""
	}
	return p.Names[k]
}

// Untested lists the clients without test images.
func (p *Partition) Untested() (clients []int) {
	for k, s := range p.Clients {
		if len(s.Test) == 0 {
			clients = append(clients, k)
		}
	}
	return clients
}

// Apart says whether there are several clients, and no two have training images of one class.
func (p *Partition) Apart(labels []int32) bool {
	owner := map[int32]int{}
	for k, s := range p.Clients {
		for _, r := range s.Train {
			if first, seen := owner[labels[r]]; seen && first != k {
				return false
			}
			owner[labels[r]] = k
		}
	}
	return len(p.Clients) > 1
}
