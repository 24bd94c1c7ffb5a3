package metric

import (
	"encoding/json"
	"testing"
)

// Rows are bits from the lowest of the first byte, in base64: what numpy.unpackbits(…, bitorder="little") reads.
func TestRows(t *testing.T) {
	rows := NewRows(10)
	for _, i := range []int{0, 2, 9} {
		rows.Add(i)
	}
	for i := range 10 {
		if rows.Has(i) != (i == 0 || i == 2 || i == 9) {
			t.Errorf("row %d: %v", i, rows.Has(i))
		}
	}
	r := &Right{Personal: rows}
	data, err := json.Marshal(Round{Round: 1, Right: r})
	if err != nil || string(data) != `{"round":1,"cohort":null,"right":{"personal":"BQI="},"diagnosis":null,`+
		`"floats":0,"seconds":0}` {
		t.Errorf("%s, %v", data, err)
	}
	for n, fits := range map[int]bool{10: true, 16: true, 9: false, 8: false, 17: false} {
		if err := r.Check(n); (err == nil) != fits {
			t.Errorf("%d images: %v", n, err)
		}
	}
	if err := (*Right)(nil).Check(5); err != nil {
		t.Error(err)
	}
}
