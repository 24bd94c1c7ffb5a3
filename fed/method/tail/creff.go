// Package tail holds methods that mend what a long tail does to a federation's classifier.
package tail

import (
	"errors"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// CReFF (Shang et al., IJCAI 2022) re-trains the classifier on federated features, beside a FedAvg that stays as it is,
// bit for bit. For every class that it owns, a client of the cohort sends the gradient of the mean cross-entropy with
// respect to the head, at the global body and the last re-trained head. The server moves the class's features, as many
// for a rare class as for a frequent one, until they give that gradient, and trains a new head on all of them. The
// global model is the body with that head, which no client trains on; a client predicts with its copy of FedAvg's.
//
// A feature is what the head sees, h = s ẑ. The release draws features from N(0,1) and every head at random, and takes
// 100 features, 100 steps and 300 epochs a round: --creff-start normal, and the preset creff-released. By default
// features lie around the class texts, a new head starts from these, as FedAvg's does, and a round costs a few steps.
// The default rate of the head was found on development draws 101 and 102 of the sample set, and on held-out training
// rows of real pictures: larger ones gain another half point on the former, and at 0.3 the latter falls to half of
// its accuracy before it recovers.
//
// Rates are those for features of unit variance; where it is a², the steps are η a² ∂D/∂h and η/a² ∂L/∂W.
//
// Not copied: the release's clients see augmented images, here plain ones; its optimizer of features reads a rate
// that its options do not have, so that the one they mean, 0.1, is taken.
type CReFF struct {
	frame.FedAvg
	Features   int     `json:"creff_features" usage:"federated features of a class, to train a head on"`
	Steps      int     `json:"creff_steps" usage:"steps on the federated features in a round"`
	FeatureLR  float64 `json:"creff_feature_lr" usage:"learning rate of the federated features"`
	HeadEpochs int     `json:"creff_epochs" usage:"times that a new head goes through the features in a round"`
	HeadLR     float64 `json:"creff_lr" usage:"learning rate of the new head"`
	Start      string  `json:"creff_start" usage:"where features and heads start: texts (of classes) or normal (draws)"`
}

// NewCReFF is CReFF with its defaults for a module.
func NewCReFF(m peft.Entry) *CReFF {
	return &CReFF{
		FedAvg: *frame.NewFedAvg(m), Features: 20, Steps: 10, FeatureLR: 0.1, HeadEpochs: 5, HeadLR: 0.05,
		Start: texts,
	}
}

// Where features and heads start.
const (
	texts  = "texts"
	normal = "normal"
)

// Validate reports the first option out of range.
func (m CReFF) Validate() error {
	switch {
	case m.Features < 1:
		return fault.Usagef("method: %d federated features of a class must be at least 1", m.Features)
	case m.Steps < 0:
		return fault.Usagef("method: steps on federated features %d must not be negative", m.Steps)
	case m.HeadEpochs < 0:
		return fault.Usagef("method: epochs of the new head %d must not be negative", m.HeadEpochs)
	case m.Start != texts && m.Start != normal:
		return fault.Unknown("method: unknown start of federated features", m.Start, []string{normal, texts})
	}
	return errors.Join(m.FedAvg.Validate(), frame.NotNegative("learning rate of federated features", m.FeatureLR),
		frame.NotNegative("learning rate of the new head", m.HeadLR))
}

// most bounds the numbers of all class gradients, C heads of C (D+1): 128 MiB of a client's, twice that of their mean.
const most = 1 << 25

// Fits reports a module without a trainable head, or with one whose class gradients are too many.
func (m CReFF) Fits(module peft.Module) error {
	headed, ok := module.(peft.Headed)
	if !ok {
		return fault.Usagef("method: CReFF trains the head anew and needs a module with one: " +
			"--module linear, or one whose name ends in -head")
	}
	classes, size := headed.Head()[0].Rows, headed.Head().Count()
	if n := int64(classes) * int64(size); n > most {
		return fault.Usagef("method: CReFF's class gradients are %d × %d = %d numbers a client for %d classes; "+
			"at most %d are taken", classes, size, n, classes, most)
	}
	return nil
}

// Stages are
//
//	fit:  a_c = ∂/∂(W,b) mean CE over the client's images of class c, at the body of φ and the head that is sent;
//	      φ_k ← SGD(φ; L_task)
func (m CReFF) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m CReFF) fit(c *fed.Client, q fed.Message) fed.Message {
	classes, gradients := classGradients(c, q)
	return m.Descend(c, q, m.Task(c)).With("classes", classes).With("gradients", gradients)
}

// Round performs
//
//	φ ← Σ_k (n_k/n) φ_k,  A_c = mean of a_c over the clients that own class c
//	for every such class, steps of  h ← h − η ∂D/∂h,  D = Σ_rows 1 − cos(G_r, A_r),  G = ∂/∂(W,b) mean CE of h_1…h_N
//	(W,b) ← a new head, by SGD on all features
func (m CReFF) Round(r *fed.Round) error {
	s := m.server(r)
	if r.Shared["head"] == nil {
		if err := m.begin(r, s); err != nil {
			return err
		}
	}
	real, ask := newMeans(s.classes, s.size), m.Ask(r, "fit")
	ask.Floats = int64(len(r.Shared["phi"]) + s.classes*s.size)
	before := ask.Fold
	ask.Fold = func(k int, answer fed.Message) {
		if before != nil {
			before(k, answer)
		}
		real.add(answer["classes"], answer["gradients"])
	}
	if err := frame.Average(r, ask); err != nil {
		return err
	}
	features := slices.Clone(r.Own["features"])
	if err := m.match(r, s, features, real); err != nil {
		return err
	}
	r.Own["features"] = features
	head, err := m.retrain(r, s, features)
	if err != nil {
		return err
	}
	r.Shared["head"] = head
	return nil
}

// Global is ℓ of the body with the re-trained head.
func (m CReFF) Global(shared fed.Message) fed.Model {
	return fed.Model{fed.Of(withHead(shared["phi"], shared["head"]))}
}

// Moved moves the body with either head.
func (m CReFF) Moved(shared fed.Message, move func(phi []float32) []float32) fed.Message {
	body := len(shared["phi"]) - len(shared["head"])
	with := move(withHead(shared["phi"], shared["head"]))
	return shared.With("phi", move(shared["phi"])).With("head", with[body:])
}

// withHead are parameters with another head, which is their last part.
func withHead(phi, head []float32) []float32 {
	return append(slices.Clone(phi[:len(phi)-len(head)]), head...)
}
