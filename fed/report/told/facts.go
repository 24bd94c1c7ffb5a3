// Package told tells what runs found: a report's title, its sentences and warnings, its summary chart, its main table
// and where it all comes from. Sentences are made of numbers, their verbs too: a method that loses reads so.
package told

import "math"

// Facts are what sentences are made of. Numbers are in percent, differences in points; NaN is what does not exist.
type Facts struct {
	Methods []Method // as they are told: ours first, or else the best; then what it is compared with; no zero-shot
	Zero    Zero
	Few     string // what the rarest classes are called, such as few-shot classes; empty: there are no groups
	Many    string // likewise the most frequent ones
	Family  string // of the encoder, such as CLIP; empty where it is not known
	Classes int
	Data    int // data seeds
	Seeds   int // training seeds, at most, of a data seed
	Setting Setting
}

// Setting is what all runs share, for the line below the title. What is zero or empty is left out of it.
type Setting struct {
	Name      string // of the data set
	Imbalance float64
	Clients   int
	Fractions []float64 // of the clients in a round; of all runs
	Rounds    []int
	Encoder   string
	Modules   []string
}

// Method is one row of the main table.
type Method struct {
	Name             string
	Global, Personal Model
	Few, Many        Gap // of the global model, to zero-shot
	Better, Clients  int // personal models that do better than zero-shot, of how many; of all data seeds together
}

// Model is how often a model is right. Against is its difference to the second of Facts' methods.
type Model struct {
	Mean, SD      float64
	Zero, Against Gap
}

// Zero is how often zero-shot is right.
type Zero struct{ Global, Many, Few, Clients float64 }

// Gap is a difference and its 95 % interval.
type Gap struct{ Value, Low, High float64 }

// None is no difference.
func None() Gap { return Gap{math.NaN(), math.NaN(), math.NaN()} }

// there reports whether a number exists.
func there(v float64) bool { return !math.IsNaN(v) }
