package tabular_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular"
	"github.com/fedpurel/fedpurel/train/fault"
)

// footed is a parquet file of nothing but a description.
func footed(description ...byte) []byte {
	return append(binary.LittleEndian.AppendUint32(append([]byte("PAR1"), description...), uint32(len(description))),
		"PAR1"...)
}

// TestParquetFooter: a description that claims more than it holds is refused before anything is made of it.
func TestParquetFooter(t *testing.T) {
	// a list of 2²¹+1 empty structs
	many := append([]byte{0x19, 0xfc, 0x81, 0x80, 0x80, 0x01}, make([]byte, 1<<21+1)...)
	for name, c := range map[string]struct {
		data []byte
		say  string
	}{
		"structs": {footed(0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7), "is damaged"},
		"binary":  {footed(0x15, 2, 0x18, 0xff, 0xff, 0xff, 0xff, 7, 0), "is damaged"},
		"map":     {footed(0x1b, 0xff, 0xff, 0xff, 0xff, 7, 0x88), "is damaged"},
		"nested":  {footed(append(slices.Repeat([]byte{0x1c}, 1000), make([]byte, 1001)...)...), "is damaged"},
		"endless": {footed(0x15, 2), "is damaged"},
		"many":    {footed(append(many, 0)...), "more than 1048576 elements"},
	} {
		if _, err := all.Open(settest.Store(t, t.TempDir(), "x.parquet", c.data),
			dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt || err == nil ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParquetDamaged: a leaf that is called a list is no column of images or labels, wherever in the description a byte
// is wrong.
func TestParquetDamaged(t *testing.T) {
	root, good := t.TempDir(), oddTable(t, "wide.parquet")
	end := len(good) - 8
	for i := end - int(binary.LittleEndian.Uint32(good[end:])); i < end; i++ {
		for _, b := range []byte{0xff, 0x3c, good[i] + 0x10, good[i] ^ 1} {
			changed := slices.Clone(good)
			changed[i] = b
			if s, err := tabular.Parquet.Open(settest.Store(t, root, "x.parquet", changed),
				dataset.DefaultOptions()); err == nil {
				_ = s.Close()
			}
		}
	}
}

func FuzzParquetFooter(f *testing.F) {
	for _, name := range []string{"wide.parquet", "absent.parquet"} {
		data := oddTable(f, name)
		end := len(data) - 8
		f.Add(data[end-int(binary.LittleEndian.Uint32(data[end:])) : end])
	}
	f.Add([]byte{0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7})
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, description []byte) {
		name := filepath.Join(root, "x.parquet")
		if err := os.WriteFile(name, footed(description...), 0o644); err != nil {
			t.Fatal(err)
		}
		if s, err := tabular.Parquet.Open(name, dataset.DefaultOptions()); err == nil {
			_ = s.Close()
		}
	})
}
