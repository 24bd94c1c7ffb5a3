package frame

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Start says what a client's own branch is before its first round.
type Start struct {
	From string `json:"personal_start" usage:"a client's branch before its first round: initial, global or zeroshot"`
}

// Validate reports an unknown start.
func (s Start) Validate() error {
	if s.From != "initial" && s.From != "global" && s.From != "zeroshot" {
		return fault.Unknown("method: unknown personal start", s.From, []string{"initial", "global", "zeroshot"})
	}
	return nil
}

// Branch is the branch, to be read only, where the global parameters are as given.
func (s Start) Branch(c *fed.Client, global []float32) []float32 {
	switch s.From {
	case "global":
		return global
	case "zeroshot":
		return c.ZeroShot()
	default:
		return c.Initial()
	}
}

// NotNegative reports an option below zero.
func NotNegative(name string, v float64) error {
	if !(v >= 0) || v > 1e300 {
		return fault.Usagef("method: %s %v must be a number that is not negative", name, v)
	}
	return nil
}
