// Package chart describes the figures of a report as data: what is drawn, in which unit, over what. It draws nothing;
// package inline draws figures into a page, where they follow its width and colours, and package paper into files of a
// fixed width.
package chart

// Method is what a colour, a marker and a dash pattern stand for, on the whole page.
type Method struct {
	ID   string // unique in a report, of letters, digits and hyphens
	Name string // as a reader knows it; not escaped, of any length
	Slot int    // 0 is zero-shot, which has no hue; 1 is ours; from 2 on the others
}

// Figure is panels under one title.
type Figure struct {
	Name    string // of its files; of letters, digits and hyphens
	Title   string // may state a finding
	Caption string // what is drawn, in which unit, over what
	Shared  bool   // the panels share the scale of y
	Aside   bool   // it says more of what another one shows: a print may leave it out
	Across  int    // panels beside each other on a wide page: 1 to 4
	Panels  []Panel
	Rows    []Rows // panels of another kind, behind the others
}

// Panel is lines and marks over two axes. Zero values are left out: a panel without Names has none to show.
type Panel struct {
	Title, Sub string // the second is set softly behind the first
	X, Y       Axis
	Square     bool // as high as wide, for shares against shares
	Series     []Series
	Levels     []Level
	Regions    []Region
	Names      []string  // of x = 0, 1, 2, …, where these are things such as classes; or of the marks of all series
	Classes    []int     // numbers of the classes that Names are, by which a page finds their rows in a Heat
	Counts     []float64 // bars below the axis, one for each of Names
	CountLabel string    // what they count
	Notes      []Note    // lines of text in a corner that the lines leave free
	Below      string    // shades y < 0 and says what that means
	Diagonal   string    // draws y = x and says what being below it means
}

// Axis is one axis. A panel's domain is that of its data, a little widened, within Low and High where these differ.
type Axis struct {
	Label     string
	Low, High float64
	Log       bool // base 10; values are > 0
	Signed    bool // ticks carry their sign, and zero is a line of its own
}

// Series is one method's data. X, Y and those of Low, High, Size that are given have one length.
type Series struct {
	Method    Method
	X, Y      []float64
	Low, High []float64 // of the band behind a line, or of the bars of marks
	Size      []float64 // of marks, by area, relative to the largest
	Line      bool      // joined, with a mark at the end; otherwise a mark for each point
	Marks     bool      // a line's points are marked too
	End       string    // behind the name at a line's end, such as its last value
	Means     []Mean    // thin level lines over part of x
}

// Mean is a level over a stretch of x.
type Mean struct{ From, To, Y float64 }

// Level is a dashed line across a panel, such as zero-shot or the right angle.
type Level struct {
	Y    float64
	Name string
	Text string // behind the name, such as its value
}

// Region is a shaded stretch of x with a name, such as the few-shot classes.
type Region struct {
	From, To  float64
	Name, Sub string
}

// Note is a line of text inside a panel; in the colour of a method if it has one.
type Note struct {
	Method *Method
	Text   string
}

// Rows are quantities below each other, each with a mark for every method on one scale of x.
type Rows struct {
	Title, Sub string
	X          Axis
	Zero       string // the name of the line at x = 0; empty: there is none
	Lines      []Row
}

// Row is one quantity of Rows.
type Row struct {
	Name, Sub string
	Apart     bool     // a hairline stands above it
	From      *float64 // an upright mark, such as zero-shot's number
	Marks     []Mark
}

// Mark is one method's number in a row.
type Mark struct {
	Method    Method
	X         float64
	Low, High float64   // of its bar; NaN: there is none
	Seeds     []float64 // ticks below the mark
	Text      string    // beside it
}

// Heat is a table of classes whose cells are coloured by their difference to zero-shot.
type Heat struct {
	Title, Sub string
	Columns    []HeatColumn
	Rows       []HeatRow
}

// HeatColumn is one model of one method.
type HeatColumn struct {
	Method Method
	Model  string // such as global or personal; equal neighbours share a header
}

// HeatRow is one class. Values are percent, NaN where a model has none.
type HeatRow struct {
	Class  int // its number, by which a page finds it again
	Name   string
	Count  int // training images
	Zero   float64
	Values []float64 // one for each column
}

// Confusion is a table of how many test images of a class, its row, a model takes for each class.
type Confusion struct {
	Method Method
	Sub    string // which model, over what
	Names  []string
	Counts [][]float64 // by true class, then by predicted class
}
