package fed

import (
	"slices"

	"github.com/fedpurel/fedpurel/train"
)

// openLoss is the run's loss at one client in one stage.
type openLoss struct {
	loss  train.Loss
	state map[string][]float32 // what the loss remembers
}

// task opens the run's loss, once a stage.
func (c *Client) task() train.Loss {
	if c.loss != nil {
		return c.loss.loss
	}
	entry := c.home.Loss
	c.loss = &openLoss{loss: train.CrossEntropy, state: map[string][]float32{}}
	if entry.Open != nil {
		owner := train.Owner{Counts: c.Counts(), Progress: c.Progress(), State: func(name string, n int) []float32 {
			v := c.Kept("loss-"+name, make([]float32, n))
			c.loss.state["loss-"+name] = v
			return v
		}}
		for _, n := range c.question[countsName] {
			owner.All = append(owner.All, int(n))
		}
		c.loss.loss = entry.Open(entry.Options, owner)
	}
	return c.loss.loss
}

// keep stores what the loss remembers.
func (l *openLoss) keep(c *Client) {
	var names []string
	for name := range l.state {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.Keep(name, l.state[name])
	}
}
