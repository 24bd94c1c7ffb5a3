package metric

import "fmt"

// Right is which test images the models of a state got right, of the whole test split: what intervals over images are
// formed of. A run records it in the rounds that its figures are averaged over.
type Right struct {
	Global   Rows `json:"global,omitempty"`   // nil: there is no global model
	Personal Rows `json:"personal,omitempty"` // of each image by the model of its owner; nobody's are none
}

// Rows are rows of a split, a bit for each: row i is bit i mod 8, from the lowest, of byte i/8. JSON has them in
// base64.
type Rows []byte

// NewRows are none of n rows.
func NewRows(n int) Rows { return make(Rows, (n+7)/8) }

// Add makes row i one of them.
func (r Rows) Add(i int) { r[i/8] |= 1 << (i % 8) }

// Has tells whether row i is one of them.
func (r Rows) Has(i int) bool { return r[i/8]>>(i%8)&1 == 1 }

// Check reports rows that are not of a split of n rows. Nil is nothing to check.
func (r *Right) Check(n int) error {
	if r == nil {
		return nil
	}
	for _, rows := range []Rows{r.Global, r.Personal} {
		if rows == nil {
			continue
		}
		if want := (n + 7) / 8; len(rows) != want {
			return fmt.Errorf("metric: %d bytes say which of %d test images are right, not %d", len(rows), n, want)
		}
		if n%8 != 0 && rows[n/8]>>(n%8) != 0 {
			return fmt.Errorf("metric: images are right that the %d of the test split are not", n)
		}
	}
	return nil
}
