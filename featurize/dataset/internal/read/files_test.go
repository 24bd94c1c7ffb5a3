package read

import (
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// What is the data set's own fault may be skipped; what may pass in a moment may not. Neither names paths of the
// machine.
func TestUnreadable(t *testing.T) {
	for err, kind := range map[error]fault.Kind{
		syscall.ENOENT: fault.Missing, syscall.EACCES: fault.Missing, syscall.ELOOP: fault.Missing,
		syscall.ENOTDIR: fault.Missing, syscall.ENAMETOOLONG: fault.Missing,
		io.ErrUnexpectedEOF: fault.Corrupt,
		syscall.EMFILE:      fault.Failure, syscall.EIO: fault.Failure, syscall.ETIMEDOUT: fault.Failure,
	} {
		if got := unreadable(&fs.PathError{Op: "open", Path: "/mnt/here/x.jpg", Err: err}); fault.KindOf(got) != kind ||
			strings.Contains(got.Error(), "/mnt") {
			t.Errorf("%v: kind %d, %v", err, fault.KindOf(got), got)
		}
	}
}
