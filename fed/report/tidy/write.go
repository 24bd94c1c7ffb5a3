package tidy

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/fed/report/escape"
	"github.com/fedpurel/fedpurel/train/durable"
)

// Names of the files.
const (
	ParquetFile = "results.parquet"
	CSVFile     = "results.csv"
)

// rowsTogether bounds what a group of rows of the Parquet file takes in memory while it is formed; rowsAtOnce are
// handed over at a time.
const (
	rowsTogether = 1 << 16
	rowsAtOnce   = 1 << 10
)

// Write stores the numbers of runs in dir, which is made if needed.
func Write(dir string, runs []report.Run, metrics metric.Table) error {
	rows, err := Rows(runs, metrics)
	if err != nil {
		return err
	}
	release, err := durable.Enter(dir)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer release()
	for _, file := range []struct {
		name  string
		write func(io.Writer, iter.Seq[Row]) error
	}{{ParquetFile, Parquet}, {CSVFile, CSV}} {
		err := durable.WriteFile(filepath.Join(dir, file.name), func(w io.Writer) error { return file.write(w, rows) })
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	return nil
}

// Parquet writes rows as one table.
func Parquet(to io.Writer, rows iter.Seq[Row]) error {
	w := parquet.NewGenericWriter[Row](to, parquet.Compression(&parquet.Snappy),
		parquet.MaxRowsPerRowGroup(rowsTogether))
	batch := make([]Row, 0, rowsAtOnce)
	for row := range rows {
		if batch = append(batch, row); len(batch) < rowsAtOnce {
			continue
		}
		if _, err := w.Write(batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	if _, err := w.Write(batch); err != nil {
		return err
	}
	return w.Close()
}

// CSV writes rows under the names of their columns.
func CSV(to io.Writer, rows iter.Seq[Row]) error {
	w := csv.NewWriter(to)
	record := make([]string, 0, len(columns))
	if err := w.Write(columns); err != nil {
		return err
	}
	for row := range rows {
		if record = row.append(record[:0]); w.Write(escape.Row(record)) != nil {
			break // Error has it
		}
	}
	w.Flush()
	return w.Error()
}
