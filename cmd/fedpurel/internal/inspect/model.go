package inspect

import (
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/fed/lab"
)

// describeModel is a model's card in one line.
func describeModel(c *lab.Card) string {
	encoder := "imported features"
	if c.Encoder != nil {
		encoder = "encoder " + c.Encoder.Name
	}
	trained := "nothing trained"
	switch {
	case len(c.Weights) > 0:
		trained = "module " + c.Module
	case c.Module != "":
		trained = "module " + c.Module + " of each client, no global model"
	}
	named := strings.Join(c.Classes[:min(len(c.Classes), 3)], ", ")
	if len(c.Classes) > 3 {
		named += ", …"
	}
	return fmt.Sprintf("model: %d classes (%s), %s, %s", len(c.Classes), named, encoder, trained)
}
