package method

// How a client that never took part is fitted to the global model; see fed.Adapter. Where a client's own model begins
// anew in every round, once is what it is; where it grows from round to round, as often as the others' did.

// Adapt fits the client's copy of the global parameters.
func (m FedAvg) Adapt(int) (stage string, times int) { return "fit", 1 }

// Adapt fits the client's copy of the global parameters, its control variate at zero.
func (m Scaffold) Adapt(int) (stage string, times int) { return "fit", 1 }

// Adapt fits the client's own model.
func (m Ditto) Adapt(rounds int) (stage string, times int) { return "fit", rounds }

// Adapt fits the client's head under the global body.
func (m FedPer) Adapt(rounds int) (stage string, times int) { return "head", rounds }

// Adapt trains from scratch.
func (m Local) Adapt(rounds int) (stage string, times int) { return "fit", rounds }

// Adapt fits the residual: in personal rounds, where there are such, all clients take part.
func (m FedPuReL) Adapt(rounds int) (stage string, times int) {
	if extra := m.ExtraRounds(); extra > 0 {
		rounds = extra
	}
	return "residual", rounds
}
