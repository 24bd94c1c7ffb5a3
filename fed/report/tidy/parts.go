package tidy

import "github.com/fedpurel/fedpurel/fed/metric"

// clients are every client's data, and its models' accuracies on its own test images.
func (w *writer) clients(r *metric.Result) bool {
	for k, c := range r.Clients {
		row := w.Row
		row.Client = r.ClientName(k)
		if !w.put(row, "train_images", float64(c.Train)) || !w.put(row, "test_images", float64(c.Test)) {
			return false
		}
		row.Test = Clients
		for _, of := range []struct {
			model string
			value metric.Num
		}{
			{zeroShot, c.ZeroShot}, {string(metric.Global), c.Global}, {string(metric.Personal), c.Personal},
		} {
			if row.Model = of.model; !w.put(row, "accuracy", float64(of.value)) {
				return false
			}
		}
	}
	return true
}

// classes are every class's training images, and the models' accuracies on it: of personal models, pooled.
func (w *writer) classes(r *metric.Result) bool {
	of := []struct {
		model, test string
		accuracies  []float64
	}{{zeroShot, Whole, nil}, {string(metric.Global), Whole, nil}, {string(metric.Personal), Clients, nil}}
	for i := range of {
		of[i].accuracies = r.PerClass[of[i].model].Accuracies()
	}
	for c, name := range r.Classes {
		row := w.Row
		row.Class = name
		if !w.put(row, "train_images", float64(r.TrainCounts[c])) {
			return false
		}
		for _, m := range of {
			if row.Model, row.Test = m.model, m.test; !w.put(row, "accuracy", m.accuracies[c]) {
				return false
			}
		}
	}
	return true
}

// calibration is how far every model's confidence is right, for all classes and every group.
func (w *writer) calibration(r *metric.Result) bool {
	for _, c := range r.Calibration {
		row := w.Row
		row.Model, row.Group, row.Test = c.Model, c.Group, Whole
		if c.Model == string(metric.Personal) {
			row.Test = Clients
		}
		if !w.put(row, "ece", float64(c.ECE)) || !w.put(row, "confidence_gap", float64(c.Gap)) {
			return false
		}
	}
	return true
}
