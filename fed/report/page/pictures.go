package page

import (
	"encoding/base64"
	"html/template"
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// pictures is document.Pictures with neighbouring strips of one size together.
type pictures struct {
	Missing, Caption string
	Runs             []run
}

type run struct {
	Small  bool
	Strips []strip
}

type strip struct {
	document.Strip
	Begins, Rest string // the title; what it begins with has the method's colour
	Cards        []card
}

type card struct {
	document.Card
	Source template.URL // the image itself; empty: it is of a kind that pages do not show
	Alt    string
	Said   []said
}

type said struct {
	document.Said
	Probability string
}

// shown are the kinds of images that every browser knows and that hold no script.
var shown = map[string]bool{"image/jpeg": true, "image/png": true, "image/webp": true}

func newPictures(p *document.Pictures) *pictures {
	if p == nil {
		return nil
	}
	laid := &pictures{Missing: p.Missing, Caption: p.Caption}
	for _, s := range p.Strips {
		if n := len(laid.Runs); n == 0 || laid.Runs[n-1].Small != s.Small {
			laid.Runs = append(laid.Runs, run{Small: s.Small})
		}
		last := &laid.Runs[len(laid.Runs)-1]
		last.Strips = append(last.Strips, newStrip(s))
	}
	return laid
}

func newStrip(s document.Strip) strip {
	laid := strip{Strip: s, Rest: s.Title}
	if s.Method != nil {
		if rest, found := strings.CutPrefix(s.Title, s.Method.Name); found {
			laid.Begins, laid.Rest = s.Method.Name, rest
		}
	}
	for _, c := range s.Cards {
		one := card{Card: c, Alt: "true class: " + c.Name}
		if shown[c.Type] && len(c.Image) > 0 {
			one.Source = template.URL("data:" + c.Type + ";base64," + base64.StdEncoding.EncodeToString(c.Image))
		}
		for _, m := range c.Said {
			one.Said = append(one.Said, said{Said: m, Probability: probability(m)})
		}
		laid.Cards = append(laid.Cards, one)
	}
	return laid
}

func probability(s document.Said) string {
	if math.IsNaN(s.Probability) {
		return ""
	}
	return number(100*s.Probability, 0) + " %"
}
