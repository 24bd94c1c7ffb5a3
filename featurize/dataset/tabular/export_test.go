package tabular

// KeepBytes bounds the pages that readers of tables keep, until what it returns is called.
func KeepBytes(n int) (undo func()) {
	was := keptBytes
	keptBytes = n
	return func() { keptBytes = was }
}
