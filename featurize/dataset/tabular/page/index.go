package page

import (
	"errors"
	"io"
)

// Location is where a page lies.
type Location struct {
	At  int64 // in the file
	Row int64 // its first, counted from the row group's
}

// mostIndex bounds the bytes of an index.
const mostIndex = 64 << 20

// ReadIndex reads where the pages of a chunk lie, which some files say.
func ReadIndex(file io.ReaderAt, at, size int64) (index []Location, err error) {
	if at < 0 || size < 0 || size > mostIndex {
		return nil, errors.New("an index of pages is damaged")
	}
	data := make([]byte, size)
	if _, err := file.ReadAt(data, at); err != nil {
		return nil, err
	}
	w := Walk{Rest: data, Most: len(data), Visit: func(path []int, v int64) {
		if len(path) != 2 || path[0] != 1 {
			return
		}
		switch path[1] {
		case 1:
			index = append(index, Location{At: v})
		case 3:
			if n := len(index); n > 0 {
				index[n-1].Row = v
			}
		}
	}}
	if w.Struct(); w.Bad {
		return nil, errors.New("an index of pages is damaged")
	}
	for i, l := range index {
		if i == 0 && l.Row != 0 || i > 0 && (l.Row <= index[i-1].Row || l.At <= index[i-1].At) {
			return nil, errors.New("an index of pages is out of order")
		}
	}
	return index, nil
}
