package told

import (
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Origin is what run folders say of themselves beside their results. What is not known is empty.
type Origin struct {
	Data        string // the data set's name
	Notes       []string
	Encoder     string
	Family      string // of the encoder, such as CLIP
	Quantized   string // how its weights are, if less exact than float32
	Templates   []string
	Dim         int
	Scale       float64  // of logits
	Date        string   // of the newest run, YYYY-MM-DD
	Program     string   // the version that trained
	Environment []string // distinct ones, such as go1.26, linux/amd64, 2 workers
	Command     string   // that made the runs
}

// made is when and by what.
func (o *Origin) made() document.Made {
	return document.Made{
		Date: o.Date, Version: o.Program, Command: o.Command, Data: o.Data, Encoder: o.Encoder,
	}
}
