package documenttest

import (
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

func (w *world) sections() []document.Section {
	return []document.Section{
		{
			ID: "rounds", Nav: "Rounds", Title: w.word("Accuracy rises until round 35"),
			Figures: []chart.Figure{w.rounds()},
			Caption: "Percent correct over rounds; bands are ± 1 standard deviation over seeds.",
		},
		{
			ID: "training", Nav: "Training", Title: "What training did", Figures: []chart.Figure{w.diagnostics()},
			Caption: "Means over the clients of a round.", Grids: []document.Grid{w.settings()},
		},
		{
			ID: "classes", Nav: "Classes", Title: "The tail gains, the head keeps",
			Figures: []chart.Figure{w.perClass()},
			Caption: "Accuracy minus zero-shot's by class, most training images first.",
			Heats:   w.heats(), Grids: []document.Grid{w.byClass()},
		},
		{
			ID: "mistakes", Nav: "Mistakes", Title: "What is taken for what",
			Figures: []chart.Figure{w.confusion()}, Confusions: w.matrices(),
			Caption: "Test images of one class taken for another: zero-shot, then each method.",
		},
		{
			ID: "calibration", Nav: "Calibration", Title: "How far probabilities can be believed",
			Figures: []chart.Figure{w.reliability()}, Caption: "Share correct over the probability given, in ten bins.",
		},
		{
			ID: "clients", Nav: "Clients", Title: "27 of 30 clients gain", Figures: []chart.Figure{w.clients()},
			Caption: "Each mark is one client: points above zero-shot over its training images.",
		},
		{ID: "pictures", Nav: "Pictures", Title: "Pictures", Pictures: w.pictures()},
	}
}
