package eval

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Share says how much of its tallies a site sends.
type Share string

// The levels, from everything to nothing.
const (
	ShareHits   Share = "hits"   // everything, down to which images are right, and what models take them for
	ShareCounts Share = "counts" // nothing of single images: sums over classes
	ShareScore  Share = "score"  // how often models are right, over all classes
	ShareNone   Share = "none"
)

// ParseShare reads a level.
func ParseShare(s string) (Share, error) {
	all := []string{string(ShareCounts), string(ShareHits), string(ShareNone), string(ShareScore)}
	if !slices.Contains(all, s) {
		return "", fault.Unknown("eval: unknown level of sharing", s, all)
	}
	return Share(s), nil
}

// Strip leaves of a site's tallies what it shares. They stay as they are.
func Strip(tallies []Tally, share Share) []Tally {
	switch share {
	case ShareHits:
		return tallies
	case ShareCounts:
		out := slices.Clone(tallies)
		for i := range out {
			out[i].Rows, out[i].Right, out[i].Guesses = nil, metric.Right{}, nil
		}
		return out
	case ShareScore:
		var out []Tally
		for i := range tallies {
			t := &tallies[i]
			if n := len(out); n == 0 || out[n-1].Owner != t.Owner {
				out = append(out, Tally{Owner: t.Owner, Clients: t.Clients, Score: &Score{}})
			}
			out[len(out)-1].Score.add(t.score())
		}
		return out
	default:
		return nil
	}
}

// score are a tally's hits.
func (t *Tally) score() Score {
	if t.Score != nil {
		return *t.Score
	}
	s := Score{ZeroShot: t.ZeroShot.Hits(), Personal: t.Personal.Hits()}
	if !t.Clients {
		s.Global = t.Global.Hits()
	}
	return s
}

func (s *Score) add(o Score) {
	s.ZeroShot.Merge(o.ZeroShot)
	s.Global.Merge(o.Global)
	s.Personal.Merge(o.Personal)
}

// Enough are those of a site's test rows whose class has at least so many of them. Rows that are left out before
// Prepare are counted nowhere.
func Enough(rows []int, labels []int32, least int) []int {
	images := map[int32]int{}
	for _, r := range rows {
		images[labels[r]]++
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r int) bool { return images[labels[r]] < least })
}
