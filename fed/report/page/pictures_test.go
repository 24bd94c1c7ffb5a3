package page

import (
	"fmt"
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// TestPictures: neighbouring strips of one size stand together; a title that begins with its method's name is parted
// there; images of other kinds than photographs' are not shown.
func TestPictures(t *testing.T) {
	method := &chart.Method{ID: "a", Name: "FedAvg", Slot: 2}
	cards := []document.Card{
		{
			Image: []byte("jpeg"), Type: "image/jpeg", Name: "fox",
			Said: []document.Said{{Probability: 0.504}, {Probability: math.NaN()}},
		},
		{Image: []byte("<svg>"), Type: "image/svg+xml", Name: "hen"},
	}
	laid := newPictures(&document.Pictures{Strips: []document.Strip{
		{Title: "many", Small: true}, {Title: "few", Small: true},
		{Title: "FedAvg right", Method: method, Cards: cards}, {Title: "all right", Method: method},
	}})
	if len(laid.Runs) != 2 || len(laid.Runs[0].Strips) != 2 || !laid.Runs[0].Small || len(laid.Runs[1].Strips) != 2 {
		t.Fatalf("runs %+v", laid.Runs)
	}
	named, other := laid.Runs[1].Strips[0], laid.Runs[1].Strips[1]
	if named.Begins != "FedAvg" || named.Rest != " right" || other.Begins != "" || other.Rest != "all right" {
		t.Errorf("titles %q + %q, %q + %q", named.Begins, named.Rest, other.Begins, other.Rest)
	}
	fox, hen := named.Cards[0], named.Cards[1]
	if fox.Source != "data:image/jpeg;base64,anBlZw==" || hen.Source != "" || fox.Alt != "true class: fox" {
		t.Errorf("sources %q, %q, alternative %q", fox.Source, hen.Source, fox.Alt)
	}
	if fox.Said[0].Probability != "50 %" || fox.Said[1].Probability != "" {
		t.Errorf("probabilities %q, %q", fox.Said[0].Probability, fox.Said[1].Probability)
	}
}

// Commands in a text stand between backticks; a lone one is part of the text.
func TestStretches(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "[]",
		"run `a b`, then":  "[{run  false} {a b true} {, then false}]",
		"`a` and `b` or `": "[{a true} { and  false} {b true} { or ` false}]",
		"one ` alone":      "[{one ` alone false}]",
	} {
		if got := fmt.Sprint(stretches(text)); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
