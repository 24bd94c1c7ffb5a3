package fed

import (
	"slices"

	"github.com/fedpurel/fedpurel/train"
)

// The engine's own stage and vector: a client's class counts, and everybody's together, which are part of every
// question if the run's loss reads them.
const (
	countsStage = "counts"
	countsName  = "counts"
)

// counts answers with the client's training samples by class. float32 holds whole numbers up to 16.7 million.
func counts(c *Client, _ Message) Message {
	own := c.Counts()
	answer := c.Zeros(len(own))
	for i, n := range own {
		answer[i] = float32(n)
	}
	return Message{countsName: answer}
}

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
		owner := train.Owner{Counts: c.Counts(), State: func(name string, n int) []float32 {
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
