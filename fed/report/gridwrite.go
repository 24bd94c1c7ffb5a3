package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/escape"
	"github.com/fedpurel/fedpurel/fed/report/latex"
)

// WriteBy stores the table of By in dir, as by.md, by.csv and by.tex.
func WriteBy(dir string, g *document.Grid) error {
	for name, f := range map[string]func(io.Writer) error{
		"by.md":  func(w io.Writer) error { return GridMarkdown(w, g) },
		"by.csv": func(w io.Writer) error { return gridCSV(w, g) },
		"by.tex": func(w io.Writer) error { return latex.Write(w, *g) },
	} {
		if err := file(dir, name, f); err != nil {
			return err
		}
	}
	return nil
}

// GridMarkdown writes a table in GitHub's notation, which has no grouped headers: columns carry their group's name.
func GridMarkdown(w io.Writer, g *document.Grid) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n|", escape.Markdown(g.Title))
	under := "\n|---|"
	fmt.Fprint(&b, " |")
	for _, group := range g.Groups {
		for _, c := range group.Columns {
			fmt.Fprintf(&b, " %s: %s |", escape.Markdown(group.Title), escape.Markdown(c.Name))
			under += "---:|"
		}
	}
	fmt.Fprint(&b, under, "\n")
	for _, r := range g.Rows {
		fmt.Fprintf(&b, "| %s |", escape.Markdown(r.Label))
		for _, c := range r.Cells {
			text := Cell{Mean: c.Value / 100, SD: c.SD / 100}.percent()
			if c.Best {
				text = "**" + text + "**"
			}
			fmt.Fprintf(&b, " %s |", text)
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintf(&b, "\n%s\n", escape.Prose(g.Caption))
	_, err := io.WriteString(w, b.String())
	return err
}

// gridCSV writes a row for each method, mean and standard deviation of each column as fractions.
func gridCSV(w io.Writer, g *document.Grid) error {
	head := []string{"row"}
	for _, group := range g.Groups {
		for _, c := range group.Columns {
			head = append(head, group.Title+": "+c.Name+" mean", group.Title+": "+c.Name+" sd")
		}
	}
	records := [][]string{escape.Row(head)}
	for _, r := range g.Rows {
		record := []string{escape.CSV(r.Label)}
		for _, c := range r.Cells {
			record = append(record, number(fraction(c.Value)), number(fraction(c.SD)))
		}
		records = append(records, record)
	}
	return csv.NewWriter(w).WriteAll(records)
}

// fraction is percent as a share, without the digits that dividing makes up.
func fraction(percent float64) float64 { return math.Round(percent*1e10) / 1e12 }
