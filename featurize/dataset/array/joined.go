package array

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"

	"github.com/fedpurel/fedpurel/train/fault"
)

// notJoined refuses an archive that does not begin where the end of its file says: of those joined by `cat`, the list
// that is found has one's arrays only, the first's or the last's. What is no archive is for others to refuse; a file
// that begins as none may be one that unpacks itself.
func notJoined(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fault.Missingf("dataset: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fault.Missingf("dataset: %w", err)
	}
	var magic [4]byte
	if _, err := file.ReadAt(magic[:], 0); err != nil || string(magic[:]) != "PK\x03\x04" {
		return nil
	}
	if joined(file, info.Size()) {
		return fault.Corruptf("dataset: %s holds several archives, as cat joins them, of which one has the list; "+
			"put each into a file of its own", path)
	}
	return nil
}

// joined tells whether the list of members ends elsewhere than the record after it says (APPNOTE 4.3.14 to 4.3.16).
func joined(file io.ReaderAt, size int64) bool {
	tail := make([]byte, min(size, 1<<16+22+20)) // a comment may follow
	if n, _ := file.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
		return false
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < 22 {
		return false
	}
	end := size - int64(len(tail)) + int64(at)
	if at >= 20 && string(tail[at-20:at-16]) == "PK\x06\x07" { // a large archive has another record before
		end -= 20
		record, where := make([]byte, 12), int64(binary.LittleEndian.Uint64(tail[at-12:]))
		if n, _ := file.ReadAt(record, where); n < len(record) {
			return true
		}
		return where+12+int64(binary.LittleEndian.Uint64(record[4:])) != end
	}
	length, where := binary.LittleEndian.Uint32(tail[at+12:]), binary.LittleEndian.Uint32(tail[at+16:])
	return int64(where)+int64(length) != end
}
