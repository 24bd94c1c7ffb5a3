package metric

// The convention of evaluation, which stands nowhere else:
//
//   - The headline is Accuracy of the global and of the personal models, as the mean over the last rounds of a run, as
//     in the field. All other figures are averaged over the same rounds. Nothing is chosen on test data.
//   - Best, the round in which the global model's headline is highest, is chosen on test data: an optimist's figure. It
//     says so wherever it stands, and is never a headline.
//   - Ties go to the first: the earliest best round, the class of the lowest index among equal logits, the class of the
//     lower index among equally frequent ones in groups by rank.

// Headline is the metric that sums up a run.
const Headline = Accuracy

// averaged is the number of last rounds that figures are averaged over.
const averaged = 10

// What reports call the choices of rounds.
const (
	AveragedTitle = "mean of the last rounds (up to ten)"
	LastTitle     = "last round"
	BestTitle     = "Best round, chosen by the global model's test accuracy: too good by the choice, not for comparison"
)

// Averages reports whether a round, counted from 1, is one of those that the figures of a run of total rounds are
// averaged over.
func Averages(round, total int) bool { return round > total-averaged }

// Evaluates reports whether models are evaluated after a round: every so many rounds, and wherever it is averaged.
func Evaluates(round, total, every int) bool { return round%every == 0 || Averages(round, total) }

// Diverges reports whether an evaluation after a round also measures the divergence from zero-shot, which costs more
// than the counts: after the first, every tenth, and wherever it is averaged.
func Diverges(round, total int) bool { return round == 1 || round%10 == 0 || Averages(round, total) }

// Average is the mean over the last rounds of a run, and how many of them were evaluated. A run without rounds has only
// its last scores.
func Average(rounds []Round, last Scores) (mean Scores, n int) {
	if len(rounds) == 0 {
		return Mean([]Scores{last}), 1
	}
	var tail []Scores
	for i, r := range rounds {
		if r.Scores != nil && Averages(i+1, len(rounds)) {
			tail = append(tail, *r.Scores)
		}
	}
	return Mean(tail), len(tail)
}

// BestOf is the best evaluated round, or nil if there is none.
func BestOf(rounds []Round) *Best {
	headline, _ := All().Find(Headline)
	var best *Best
	for _, r := range rounds {
		if r.Scores == nil {
			continue
		}
		if best == nil || headline.Better.Beats(r.Scores.Global.Value(Headline), best.Scores.Global.Value(Headline)) {
			best = &Best{Round: r.Round, Scores: *r.Scores}
		}
	}
	return best
}
