package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// An event file is a sequence of records, TFRecord: length (uint64), its checksum, data, its checksum; all numbers are
// little-endian. Data is a message Event of tensorflow/core/util/event.proto:
//
//	Event    1 wall_time double · 2 step int64 · 3 file_version string · 5 summary
//	Summary  1 repeated value
//	Value    1 tag string · 2 simple_value float
const (
	eventTime, eventStep, eventVersion, eventSummary = 1, 2, 3, 5
	summaryValue                                     = 1
	valueTag, valueSimple                            = 1, 2
)

// version is that of the format, and the first event of a file.
const version = "brain.Event:2"

// event begins an Event that is dated.
func event(at time.Time) []byte {
	b := protowire.AppendTag(nil, eventTime, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, math.Float64bits(float64(at.UnixNano())/1e9))
}

func versionEvent(at time.Time) []byte {
	b := protowire.AppendTag(event(at), eventVersion, protowire.BytesType)
	return protowire.AppendString(b, version)
}

// roundEvent holds the scalars of one step.
func roundEvent(at time.Time, step int, scalars []scalar) []byte {
	b := protowire.AppendTag(event(at), eventStep, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(step))
	var summary, value []byte
	for _, s := range scalars {
		value = protowire.AppendTag(value[:0], valueTag, protowire.BytesType)
		value = protowire.AppendString(value, s.tag)
		value = protowire.AppendTag(value, valueSimple, protowire.Fixed32Type)
		value = protowire.AppendFixed32(value, math.Float32bits(float32(s.value)))
		summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
		summary = protowire.AppendBytes(summary, value)
	}
	b = protowire.AppendTag(b, eventSummary, protowire.BytesType)
	return protowire.AppendBytes(b, summary)
}

// record frames data with its length and the checksums of both.
func record(data []byte) []byte {
	b := make([]byte, 0, len(data)+frame)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, checksum(b))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, checksum(data))
}

// head and frame are the bytes of a record before its data, and all but its data.
const (
	head  = 8 + 4
	frame = head + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the CRC-32C, masked as TFRecord has it: rotated, and moved by a constant.
func checksum(b []byte) uint32 {
	sum := crc32.Checksum(b, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}
