package disk

import "os"

// NewScratch makes a temporary file that is gone from its folder at once, where the system allows it, so that nothing
// is left after a crash; else DropScratch removes it.
func NewScratch(what string) (*os.File, error) {
	f, err := os.CreateTemp("", "fedpurel-"+what+"-*")
	if err == nil {
		_ = os.Remove(f.Name()) // an open file cannot be removed everywhere
	}
	return f, err
}

// DropScratch closes and removes a temporary file. nil is none.
func DropScratch(f *os.File) error {
	if f == nil {
		return nil
	}
	err := f.Close()
	_ = os.Remove(f.Name()) // gone already, as a rule
	return err
}
