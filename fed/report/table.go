package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/escape"
)

// Table is rows of cells under a header, in a form that every output understands.
type Table struct {
	Name    string // of its CSV file
	Title   string
	Lead    []string // what a reader must know before the figures; of a report, it stands at the top
	Note    string
	Columns []Column
	Rows    []Row

	Headline []int      // the columns that a narrow terminal shows; if empty, all
	Records  [][]string // of its CSV file, the header first, where they are not made of the cells
}

// Column is a quantity, or words. Percent columns are shown times 100.
type Column struct {
	Name    string
	Percent bool
	Words   bool
}

// Row is a label and a cell for each column.
type Row struct {
	Label string
	Cells []Cell
}

func (t Table) text(row Row, i int) string {
	switch c := row.Cells[i]; {
	case c.Text != "":
		return c.Text
	case t.Columns[i].Percent:
		return c.percent()
	default:
		return c.plain()
	}
}

// long reports a table that pages name instead of showing it.
func (t Table) long() bool { return len(t.Rows) > document.MostRows }

// Markdown is the table in GitHub's notation.
func (t Table) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| |", escape.Markdown(t.Title))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, " %s |", escape.Markdown(c.Name))
	}
	b.WriteString("\n|---|")
	for _, c := range t.Columns {
		if c.Words {
			b.WriteString("---|")
		} else {
			b.WriteString("---:|")
		}
	}
	b.WriteString("\n")
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "| %s |", escape.Markdown(r.Label))
		for i := range t.Columns {
			text := t.text(r, i)
			if t.Columns[i].Words {
				text = escape.Markdown(text)
			}
			if r.Cells[i].Strong {
				text = "**" + text + "**"
			}
			fmt.Fprintf(&b, " %s |", text)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\n%s\n", escape.Prose(t.Note))
	return b.String()
}

// CSV writes mean and standard deviation of every column, as fractions where the column is a share, and of how many
// seeds they are; of a column of words, these; or the table's own records.
func (t Table) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if t.Records != nil {
		records := make([][]string, len(t.Records))
		for i, record := range t.Records {
			records[i] = escape.Row(slices.Clone(record))
		}
		return out.WriteAll(records)
	}
	record := []string{"row"}
	for _, c := range t.Columns {
		if c.Words {
			record = append(record, c.Name)
			continue
		}
		record = append(record, c.Name+" mean", c.Name+" sd", c.Name+" n")
	}
	records := [][]string{record}
	for _, r := range t.Rows {
		record = []string{r.Label}
		for i, c := range r.Cells {
			if t.Columns[i].Words {
				record = append(record, c.Text)
				continue
			}
			record = append(record, number(c.Mean), number(c.SD), strconv.Itoa(c.N))
		}
		records = append(records, escape.Row(record))
	}
	return out.WriteAll(records)
}

// number is empty for what does not exist.
func number(v float64) string {
	if v != v {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Values is the table for programs: rows of named means, standard deviations and counts; null where nothing exists.
func (t Table) Values() map[string]any {
	type value struct {
		Mean metric.Num `json:"mean"`
		SD   metric.Num `json:"sd"`
		N    int        `json:"n"`
	}
	type row struct {
		Label  string           `json:"label"`
		Values map[string]value `json:"values"`
	}
	rows := []row{}
	for _, r := range t.Rows {
		v := map[string]value{}
		for i, c := range r.Cells {
			v[t.Columns[i].Name] = value{metric.Num(c.Mean), metric.Num(c.SD), c.N}
		}
		rows = append(rows, row{r.Label, v})
	}
	values := map[string]any{"title": t.Title, "note": t.Note, "rows": rows}
	if t.Lead != nil {
		values["lead"] = t.Lead
	}
	return values
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	_, first := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:first]) + text[first:] + "."
}
