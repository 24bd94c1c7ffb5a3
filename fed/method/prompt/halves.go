package prompt

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/peft"
)

// mixed are the shared parameters with the client's own.
func mixed(c *fed.Client, phi []float32) []float32 {
	global, own := halves(c.Module())
	both := frame.Unpack(c, global, phi)
	own.Put(both, c.Kept("own", own.Take(c.Initial())))
	return both
}

// halves are the shared part of the layout and the client's own.
func halves(module peft.Module) (global, own peft.Layout) {
	own = module.(interface{ Own() peft.Layout }).Own()
	return module.Layout().Minus(own), own
}

// fit trains both halves by a rule. The client keeps its own, and sends the shared one.
func fit(m frame.FedAvg, c *fed.Client, q fed.Message, rule fed.Rule) fed.Message {
	phi := mixed(c, q["phi"])
	answer := m.Learn(c, q, phi, rule)
	global, own := halves(c.Module())
	c.Keep("own", own.Take(phi))
	frame.Forget(answer, own)
	return answer.With("phi", global.Take(phi))
}

// own trains the client's half alone, beside the shared one, which stands still.
func own(m frame.FedAvg, c *fed.Client, q fed.Message, rule fed.Rule) fed.Message {
	_, half := halves(c.Module())
	m.Fit(c, mixed(c, q["phi"]), m.Pass(frame.First), half, "own", rule)
	return nil
}
