package fed

// Starve makes a run behave as if memory were short: what clients keep lies in a file, answers do not wait for each
// other, and zero-shot logits are not kept. It returns what undoes that.
func Starve() (undo func()) {
	a, b, c := pagedAbove, heldFloats, teacherFloats
	pagedAbove, heldFloats, teacherFloats = 0, 0, 0
	return func() { pagedAbove, heldFloats, teacherFloats = a, b, c }
}

// Lasting makes every stage one that lasts, until restore.
func Lasting() (restore func()) {
	was := lasting
	lasting = 0
	return func() { lasting = was }
}
