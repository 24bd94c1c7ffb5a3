package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/latex"
	"github.com/fedpurel/fedpurel/fed/report/page"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Formats are what a report can be written as: report.html and report.md, beside which tables that are long lie as CSV
// files; a CSV file for each table; report.tex with all tables; an SVG, or a PDF, file for each figure.
var Formats = []string{"html", "md", "csv", "latex", "svg", "pdf"}

// usual are the formats of a report for which nobody chose any.
var usual = []string{"html", "md", "csv", "svg"}

// CheckFormats reports a format that there is not.
func CheckFormats(formats []string) error {
	for _, f := range formats {
		if !slices.Contains(Formats, f) {
			return fault.Usagef("report: there is no format %q: choose among %s", f, strings.Join(Formats, ", "))
		}
	}
	return nil
}

// Write stores the report in dir, which is made if needed, in the given Formats; without any, in all but LaTeX and PDF.
func (r *Report) Write(dir string, formats ...string) error {
	if err := CheckFormats(formats); err != nil {
		return err
	}
	if len(formats) == 0 {
		formats = usual
	}
	release, err := durable.Enter(dir)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer release()
	for _, f := range formats {
		if err := r.write(dir, f, slices.Contains(formats, "svg")); err != nil {
			return err
		}
	}
	return nil
}

// write stores the report in one format; figures lie beside it, or do not.
func (r *Report) write(dir, format string, figures bool) error {
	switch format {
	case "html":
		err := r.tables(dir, Table.long)
		if err != nil {
			return err
		}
		return file(dir, PageFile, func(w io.Writer) error { return page.Write(w, r.Document) })
	case "md":
		err := r.tables(dir, Table.long)
		if err != nil {
			return err
		}
		return file(dir, "report.md", func(w io.Writer) error { return r.markdown(w, figures) })
	case "latex":
		return file(dir, "report.tex", func(w io.Writer) error { return latex.Write(w, r.grids()...) })
	case "csv":
		return r.tables(dir, func(Table) bool { return true })
	}
	for _, f := range r.Figures {
		data, err := f.draw(format)
		if err != nil {
			return err
		}
		err = file(dir, f.Name+"."+format, func(w io.Writer) error { _, err := w.Write(data); return err })
		if err != nil {
			return err
		}
	}
	return nil
}

// tables stores those that are wanted as CSV files.
func (r *Report) tables(dir string, wanted func(Table) bool) error {
	for _, t := range r.Tables {
		if !wanted(t) {
			continue
		}
		if err := file(dir, t.Name+".csv", t.CSV); err != nil {
			return err
		}
	}
	return nil
}

// file stores a file of a report.
func file(dir, name string, f func(io.Writer) error) error {
	if err := durable.WriteFile(filepath.Join(dir, name), f); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// grids are the main table and all others.
func (r *Report) grids() []document.Grid {
	all := []document.Grid{r.Document.Main}
	for _, s := range r.Document.Sections {
		all = append(all, s.Grids...)
	}
	return all
}
