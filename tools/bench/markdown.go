package main

import (
	"fmt"
	"strings"
)

// markdown is the sheet for people.
func (s *sheet) markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	m := s.Machine
	line("# fedpurel against PyTorch\n")
	line("%s, %d cores, %s, %s, kernels %s, commit %s", m.CPU, m.Cores, m.OS, m.Go, m.Kernels, m.Commit)
	if len(s.Peer) > 0 {
		line("peer: Python %s, torch %s, numpy %s", s.Peer["python"], s.Peer["torch"], s.Peer["numpy"])
	}
	line("\n| work | ours | peer | peer / ours (range) | products alone, OpenBLAS | ours / that |")
	line("|---|---|---|---|---|---|")
	stepBound := s.Rates.seconds(purifiedStep(32, 512, 100))
	s.row(line, "purified step, batch 32, D=512, C=100, one core (ms)", s.Step, 1e3, stepBound)
	rounds := fmt.Sprintf("%d rounds of both stages, evaluated every round, all cores (s)", s.Rounds)
	s.row(line, rounds, s.Run, 1, s.runBound())

	line("\n## Products on one core, GFLOP/s\n")
	line("| rows × columns × inner | of a step (MFLOP) | fedpurel | OpenBLAS (NumPy) | MKL (PyTorch) |")
	line("|---|---|---|---|---|")
	product := func(x shape, share string) {
		line("| %s | %s | %.0f | %.0f | %.0f |", x.name(), share,
			s.Rates["fedpurel"][x.name()], s.Rates["numpy"][x.name()], s.Rates["torch"][x.name()])
	}
	for _, x := range merged(purifiedStep(32, 512, 100)) {
		product(x, fmt.Sprintf("%.1f", x.flop()/1e6))
	}
	for _, x := range predict(1, 512, 100) {
		product(x, "evaluation")
	}
	line("\nThe alignment loss of a batch (32 × 100, both temperatures searched) takes %.0f µs.", s.TKL*1e6)

	for _, c := range s.Curves {
		line("\n## Cost against %s\n", c.Name)
		line("%s\n", c.Doc)
		line("| %s | %s | products alone, OpenBLAS | ratio |", c.Name, c.Unit)
		line("|---|---|---|---|")
		for _, p := range c.Points {
			line("| %d | %.3g | %s | %s |", p.Size, p.Ours, orDash("%.3g", p.Bound), orDash("%.2f", p.Ours/p.Bound))
		}
	}
	return b.String()
}

// row prints the mean of all repetitions.
func (s *sheet) row(line func(string, ...any), name string, pairs []pair, unit, bound float64) {
	var ours, peer float64
	for _, p := range pairs {
		ours, peer = ours+p.Ours/float64(len(pairs)), peer+p.Peer/float64(len(pairs))
	}
	mean, low, high := ratio(pairs)
	ratios := "–"
	if peer > 0 {
		ratios = fmt.Sprintf("%.1f (%.1f–%.1f)", mean, low, high)
	}
	line("| %s | %.3g | %s | %s | %s | %s |", name, ours*unit, orDash("%.3g", peer*unit), ratios,
		orDash("%.3g", bound*unit), orDash("%.2f", ours/bound))
}

// orDash formats a number that is there, and a dash for one that is not.
func orDash(format string, v float64) string {
	if !(v > 0 && v < 1e300) {
		return "–"
	}
	return fmt.Sprintf(format, v)
}

// merged adds up equal shapes.
func merged(shapes []shape) []shape {
	var out []shape
next:
	for _, s := range shapes {
		for i := range out {
			if out[i].name() == s.name() {
				out[i].times += s.times
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}
