package partition

import (
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Natural gives every row to the client that the data names, clients in name order: by its options, or else as the data
// itself does. A row that names nobody is nobody's. Where no test row names a client, test rows are dealt like the
// training rows of their class.
type Natural struct {
	Pattern string `json:"client_pattern" usage:"regular <EXPRESSION> whose first group in a file name is the client"`
	From    string `json:"clients_from" usage:"CSV <FILE> with columns file (or path) and client (or site, user)"`
	Owners  Owners `json:"-"` // where they are known already: neither is read then
}

// Validate accepts all: what is wrong shows with the data.
func (o *Natural) Validate() error { return nil }

// Split deals by names.
func (o *Natural) Split(d Data) (deal Deal, err error) {
	owners := o.Owners
	if owners.Train == nil {
		if owners, err = o.find(d); err != nil {
			return deal, err
		}
	}
	switch {
	case len(owners.Train) != d.TrainRows:
		return deal, fault.Usagef("partition: kind natural needs a client's name for each of the %d training images; "+
			"%d are given", d.TrainRows, len(owners.Train))
	case len(owners.Test) != 0 && len(owners.Test) != d.TestRows:
		return deal, fault.Usagef("partition: %d test images have a client's name, of %d", len(owners.Test), d.TestRows)
	}
	var kept []int
	for _, rows := range d.Train {
		kept = append(kept, rows...)
	}
	deal.Names = owners.names(kept)
	if len(deal.Names) == 0 {
		return deal, fault.Usagef("partition: none of %d training images names a client", len(kept))
	}
	to := func(byClass [][]int, owners []string) [][]int {
		out := make([][]int, len(deal.Names))
		for _, rows := range byClass {
			for _, r := range rows {
				if k, ok := slices.BinarySearch(deal.Names, owners[r]); ok {
					out[k] = append(out[k], r)
				}
			}
		}
		return out
	}
	deal.Train = to(d.Train, owners.Train)
	owned := 0
	for _, rows := range deal.Train {
		owned += len(rows)
	}
	if owned < len(kept) {
		deal.Note = fmt.Sprintf("%d of %d training images name no client and are left out", len(kept)-owned, len(kept))
	}
	if owners.Test == nil {
		deal.Test = dealLike(deal.Train, d)
	} else {
		deal.Test = to(d.Test, owners.Test)
	}
	return deal, nil
}
