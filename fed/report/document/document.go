// Package document is a report as data: its sentences, numbers, figures and pictures, in the order in which they are
// read. Packages page, latex and markdown lay it out. No text in it is escaped.
package document

import "github.com/fedpurel/fedpurel/fed/report/chart"

// Document is one report.
type Document struct {
	Title    string         // what the report is of, in one line
	Deck     string         // the data, the clients, the rounds, the encoder, the module
	Made     Made           // when and by what
	Findings []Finding      // what a reader may quote
	Warnings []Finding      // what a reader must know before quoting
	Methods  []chart.Method // zero-shot first: the key of the page
	Summary  chart.Figure   // of Rows: every group of classes against zero-shot
	Main     Grid
	Sections []Section
	Source   Provenance
}

// Made is what a report and its runs were made by. What is unknown is empty.
type Made struct {
	Date    string // of the newest run, YYYY-MM-DD
	Version string // of the program
	Command string // that made the runs
	Data    string // the data set's name
	Encoder string
}

// Finding is a sentence whose beginning is set in bold.
type Finding struct{ Strong, Rest string }

// Section is one part of the evidence.
type Section struct {
	ID         string // of letters, digits and hyphens
	Nav        string // one word for the page's bar
	Title      string // may state a finding
	Caption    string
	Figures    []chart.Figure
	Heats      []chart.Heat
	Confusions []chart.Confusion
	Pictures   *Pictures
	Grids      []Grid // tables, shown folded, but those that are long
}

// Grid is a table with grouped columns and a row for each method.
type Grid struct {
	Name     string // of its files
	Title    string
	Caption  string
	Groups   []GridGroup
	Rows     []GridRow
	Against  []string // titles of the rows that Differences are to, by their index; the chosen one first
	Interval string   // what Low and High of a difference are, such as 95 % over 5 data seeds; empty: there are none
	Ties     string   // what a tie means; empty: no row was tested
}

// MostRows is how many rows a table in the evidence has at most to be read on a page.
const MostRows = 120

// Long reports a table that a page does not hold: it names the CSV file that lies beside it.
func (g *Grid) Long() bool { return len(g.Rows) > MostRows }

// File is the name of the table's CSV file.
func (g *Grid) File() string { return g.Name + ".csv" }

// GridGroup is neighbouring columns under one header.
type GridGroup struct {
	Title   string // may be empty
	Columns []GridColumn
}

// GridColumn is one quantity.
type GridColumn struct {
	Name    string
	Digits  int  // behind the point
	Words   bool // cells are Text
	Smaller bool // is better
}

// GridRow is a method, or a row of another kind that has a Label instead.
type GridRow struct {
	Method *chart.Method
	Label  string
	Cells  []GridCell // of all groups' columns, in order
}

// GridCell is one number, in the unit in which it is shown, or a text.
type GridCell struct {
	Value, SD   float64 // NaN where there is none
	Best, Tied  bool
	Text        string
	Differences []Difference // to each of Against; empty where there are none
}

// Difference is a number against another row's, formed before rounding.
type Difference struct{ Value, Low, High float64 } // the last two NaN where there is no interval

// Pictures are test images by what models make of them.
type Pictures struct {
	Missing string // why there are none, and the remedy; then the rest is empty
	Caption string
	Strips  []Strip
}

// Strip is pictures in a row.
type Strip struct {
	Title, Sub string
	Method     *chart.Method // whose colour the title's beginning has
	Small      bool
	Cards      []Card
}

// Card is one picture. Image is a whole JPEG, PNG or WebP file of at most a few KB.
type Card struct {
	Image []byte
	Type  string // its media type
	Name  string // the true class
	Note  string // such as how many images there are to train on
	Said  []Said
}

// Said is what a model takes a picture for.
type Said struct {
	Method      chart.Method
	Class       string
	Probability float64 // of that class, in [0, 1]; NaN where it is not known
	Right       bool
}

// Provenance is what makes a report repeatable.
type Provenance struct {
	Facts [][2]string // name and value
	Block string      // the commands, to copy
}
