// Package tidy writes what runs found as long tables, one number a row, for programs that group, join and plot:
// results.parquet and results.csv beside a report. README.md says what every column holds. Rows are made one by one as
// they are written, so that neither many clients nor many rounds need memory.
package tidy

import "strconv"

// Row is one number. The order of the fields is that of the columns.
type Row struct {
	Data      string  `parquet:"data,dict"`
	Cache     string  `parquet:"cache,dict"`
	Partition string  `parquet:"partition,dict"`
	DataSeed  uint64  `parquet:"data_seed"`
	Run       string  `parquet:"run,dict"`
	Method    string  `parquet:"method,dict"`
	Module    string  `parquet:"module,dict"`
	Label     string  `parquet:"label,dict"`
	Options   string  `parquet:"options,dict"`
	Seed      uint64  `parquet:"seed"`
	When      string  `parquet:"when,dict"`
	Round     int32   `parquet:"round"`
	Model     string  `parquet:"model,dict"`
	Test      string  `parquet:"test,dict"`
	Client    string  `parquet:"client,dict"`
	Class     string  `parquet:"class,dict"`
	Group     string  `parquet:"group,dict"`
	Metric    string  `parquet:"metric,dict"`
	Tag       string  `parquet:"tag,dict"`
	Value     float64 `parquet:"value"`
}

// What a row is of: its column `when`.
const (
	EveryRound = "round"
	Last       = "last"
	LastTen    = "last_10"
)

// What a model is asked about: the column `test`.
const (
	Whole   = "whole"   // the whole test split
	Clients = "clients" // the clients' own test images
)

// columns are the names of the columns, in order.
var columns = []string{
	"data", "cache", "partition", "data_seed", "run", "method", "module", "label", "options", "seed", "when", "round",
	"model", "test", "client", "class", "group", "metric", "tag", "value",
}

// append adds the row's values as text, in the order of columns.
func (r *Row) append(record []string) []string {
	return append(record, r.Data, r.Cache, r.Partition, strconv.FormatUint(r.DataSeed, 10), r.Run, r.Method, r.Module,
		r.Label, r.Options, strconv.FormatUint(r.Seed, 10), r.When, strconv.Itoa(int(r.Round)), r.Model, r.Test,
		r.Client, r.Class, r.Group, r.Metric, r.Tag, strconv.FormatFloat(r.Value, 'g', -1, 64))
}
