package tensorboard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
)

// lastStep is the highest step in an event file. What a killed program left behind at its end, half a record, is passed
// over, as TensorBoard does.
func lastStep(path string) (last int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	for {
		data, err := readRecord(in)
		if errors.Is(err, io.EOF) {
			return last, nil
		} else if err != nil {
			return 0, err
		}
		last = max(last, step(data))
	}
}

// mostBytes bounds a record; one that claims more is damaged.
const mostBytes = 1 << 24

// readRecord returns the data of the next record, or io.EOF where none follows that is whole.
func readRecord(in io.Reader) ([]byte, error) {
	var start [head]byte
	if err := whole(in, start[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(start[:])
	if binary.LittleEndian.Uint32(start[8:]) != checksum(start[:8]) || n > mostBytes {
		return nil, io.EOF
	}
	rest := make([]byte, n+frame-head)
	if err := whole(in, rest); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(rest[n:]) != checksum(rest[:n]) {
		return nil, io.EOF
	}
	return rest[:n], nil
}

// whole fills b; what is cut short is io.EOF.
func whole(in io.Reader, b []byte) error {
	_, err := io.ReadFull(in, b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// step is the step of an Event; 0 if it has none.
func step(event []byte) int {
	for len(event) > 0 {
		number, kind, n := protowire.ConsumeTag(event)
		if n < 0 {
			return 0
		}
		event = event[n:]
		if number == eventStep && kind == protowire.VarintType {
			v, n := protowire.ConsumeVarint(event)
			if n < 0 {
				return 0
			}
			return int(v)
		}
		if n = protowire.ConsumeFieldValue(number, kind, event); n < 0 {
			return 0
		}
		event = event[n:]
	}
	return 0
}
