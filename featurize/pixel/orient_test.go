package pixel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestTurnedAsPillow: files that say in any way how they are to be turned are the same as with Pillow, which turns TIFF
// when it loads it and others only when exif_transpose is called (testdata/orient.py).
func TestTurnedAsPillow(t *testing.T) {
	var want map[string]struct{ Plain, Turned string }
	data, err := os.ReadFile("testdata/orient/orient.json")
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil || len(want) < 40 {
		t.Fatalf("%d files: %v", len(want), err)
	}
	digest := func(m *RGB) string {
		sum := sha256.Sum256(append(fmt.Appendf(nil, "%d %d ", m.W, m.H), m.Pix...))
		return hex.EncodeToString(sum[:])
	}
	asks := clip(8, "hf")
	asks.Orient = true
	for name, w := range want {
		data, err := os.ReadFile(filepath.Join("testdata", "orient", name))
		if err != nil {
			t.Fatal(err)
		}
		for what, r := range map[string]struct {
			recipe *Recipe
			want   string
		}{"plain": {recipe(t, clip(8, "hf")), w.Plain}, "turned": {recipe(t, asks), w.Turned}} {
			if m, err := r.recipe.Decode(data); err != nil || digest(m) != r.want {
				t.Errorf("%s: %s: not as Pillow shows it (%v)", name, what, err)
			}
		}
		for n := range data {
			orientation(data[:n])
		}
	}
}
