package tabular_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Any column of numbers or words can say whose images are, in all forms of tables.
func TestClientsOfTables(t *testing.T) {
	for folder, format := range map[string]string{"data": "parquet", "old": "parquet", "saved": "arrow"} {
		root := filepath.Join("testdata", "tables", folder)
		for column, c := range map[string]struct{ clients, note string }{
			"":             {" 11", ""},
			"coarse_label": {"grown 4|made 7", "column coarse_label names 2 clients, such as made"},
			"species":      {" 4|cat 7", "3 of 9 train images name no client in column species"},
			"id":           {"0 2|1 2|2 1|3 1|4 1|5 1|6 1|7 1|8 1", ""},
		} {
			s := settest.OpenAs(t, format, root, func(o *dataset.Options) { o.Clients = column })
			if got := strings.Join(settest.Clients(t, s), "|"); got != c.clients {
				t.Errorf("%s: %q: clients %s", folder, column, got)
			}
			settest.Noted(t, s, c.note)
		}
		for _, column := range []string{"tags", "colour", "image", "fine_label"} {
			o := dataset.DefaultOptions()
			o.Clients = column
			settest.Fails(t, folder+": "+column, root, o, fault.Usage, `no column "`+column+`"`, "coarse_label")
		}
	}
}

// ownedRow is a row of a table whose images belong to somebody.
type ownedRow struct {
	Image  []byte   `parquet:"image"`
	Label  int64    `parquet:"label"`
	Writer *string  `parquet:"writer_id,optional"`
	Number *float64 `parquet:"Site,optional"`
}

// A column is found by its usual name in whichever file has one.
func TestClientsFoundInTables(t *testing.T) {
	type bare struct {
		Image []byte `parquet:"image"`
		Label int64  `parquet:"label"`
	}
	var rows []ownedRow
	writers, numbers := []string{"f0001_41", "f0002_12"}, []float64{7, 8.5}
	for i := range 8 {
		rows = append(rows, ownedRow{Image: []byte{byte(i)}, Label: int64(i % 2)})
		if i < 6 {
			rows[i].Writer, rows[i].Number = &writers[i/2%2], &numbers[i/2%2]
		}
	}
	root := settest.Put(t, t.TempDir(), map[string][]byte{
		"test-0.parquet":  settest.Parquet(t, []bare{{[]byte("x"), 0}, {[]byte("y"), 1}}),
		"train-0.parquet": settest.Parquet(t, rows),
	})
	s := settest.List(t, root, "parquet")
	settest.Equal(t, "found", settest.Clients(t, s), []string{" 4", "7 4", "8.5 2"})
	settest.Noted(t, s, "column Site names 2 clients, such as 7")
	s = settest.OpenAs(t, "parquet", root, func(o *dataset.Options) { o.Clients = "writer_id" })
	settest.Equal(t, "asked for", settest.Clients(t, s), []string{" 4", "f0001_41 4", "f0002_12 2"})
}
