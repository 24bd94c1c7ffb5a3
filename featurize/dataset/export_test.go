package dataset

// keepBytes bounds the pages that readers of tables keep, until what it returns is called.
func keepBytes(n int) (undo func()) {
	was := keptBytes
	keptBytes = n
	return func() { keptBytes = was }
}
