package fleet

import (
	"math"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

// message is a Flower message without its content: whom it is from, and until when it counts.
type message struct {
	run         uint64
	id          string // hash of the message's object
	from, to    uint64
	answers     string // id of the message that this one answers
	group       string
	ttl         float64 // seconds from made
	kind        string
	made        float64 // seconds since 1970
	source, aim uint64  // tasks at both ends
}

// codeRaised is Flower's error code of an app that raised an exception.
const codeRaised = 2

func (m message) metadata() packet {
	return packet{}.number(1, m.run).text(2, m.id).number(3, m.from).number(4, m.to).text(5, m.answers).
		text(6, m.group).double(7, m.ttl).text(8, m.kind).double(9, m.made).number(10, m.source).number(11, m.aim)
}

// object is the content of the message's own object, which does not know its id.
func (m message) object(wrong string) packet {
	m.id = ""
	p := packet{}.data(1, m.metadata())
	if wrong != "" {
		p = p.data(3, failure(wrong))
	}
	return p
}

// envelope is the message as it is announced: its content, an empty one, says that there is one.
func (m message) envelope(wrong string) packet {
	p := packet{}.data(1, m.metadata())
	if wrong != "" {
		return p.data(3, failure(wrong))
	}
	return p.data(2, nil)
}

func failure(line string) packet {
	line = strings.Join(strings.Fields(strings.ToValidUTF8(line, "?")), " ")
	if len(line) > 1000 {
		line = strings.ToValidUTF8(line[:1000], "")
	}
	return packet{}.signed(1, codeRaised).text(2, line)
}

// readMessage reads an announced message.
func readMessage(b []byte) (m message, err error) {
	err = each(b, func(f field) error {
		if f.key == block(1) {
			return m.readMetadata(f.data)
		}
		return nil
	})
	if err == nil && (m.id == "" || m.from == 0 || !finite(m.ttl) || !finite(m.made)) {
		err = fault.Corruptf("a message without sender, id or time")
	}
	return m, err
}

func (m *message) readMetadata(b []byte) error {
	return each(b, func(f field) error {
		switch f.key {
		case varint(1):
			m.run = f.bits
		case block(2):
			m.id = string(f.data)
		case varint(3):
			m.from = f.bits
		case varint(4):
			m.to = f.bits
		case block(5):
			m.answers = string(f.data)
		case block(6):
			m.group = string(f.data)
		case fixed(7):
			m.ttl = f.double()
		case block(8):
			m.kind = string(f.data)
		case fixed(9):
			m.made = f.double()
		case varint(10):
			m.source = f.bits
		case varint(11):
			m.aim = f.bits
		}
		return nil
	})
}

func finite(v float64) bool { return math.Abs(v) <= 1e12 }

// end is when the message's time is over.
func (m message) end() time.Time { return moment(m.made + m.ttl) }

func moment(seconds float64) time.Time { return time.UnixMicro(int64(seconds * 1e6)) }

// reply is the message that answers m at a time; its time ends when that of m does.
func (m message) reply(at time.Time) message {
	made := float64(at.UnixMicro()) / 1e6
	return message{run: m.run, from: m.to, to: m.from, answers: m.id, group: m.group, kind: m.kind,
		made: made, ttl: m.made + m.ttl - made, source: m.aim, aim: m.source}
}
