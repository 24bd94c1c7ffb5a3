package told

import "testing"

// Options read as people write them; exact numbers are in the specs.
func TestPlainOption(t *testing.T) {
	for raw, want := range map[string]string{
		"0.009000000000000001": "0.009", "0.1": "0.1", "1e-7": "1e-07", "100000000": "100000000", `"lora"`: "lora",
		`""`: `""`, "true": "true", "[1,2]": "[1,2]",
	} {
		if got := plainOption(raw); got != want {
			t.Errorf("%s reads %s, want %s", raw, got, want)
		}
	}
}
