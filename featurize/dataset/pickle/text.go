package pickle

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// convert notes that n bytes are spelled anew. A pickle that repeats itself by reference could ask for that without
// end; the oldest protocol has bytes as text of characters, which become UTF-8 of up to twice the size and then bytes.
func (m *machine) convert(n int) bool {
	if m.converted += n; m.converted > 4*len(m.data) {
		m.fail("it converts the same bytes again and again")
		return false
	}
	return true
}

// encode is codecs.encode(text, 'latin1'): how Python 3 spells bytes in protocols that have none.
func encode(m *machine, args Tuple) any {
	if len(args) != 2 || m.text(args[1]) != "latin1" {
		m.fail("it encodes text in another way than latin1")
		return nil
	}
	text, _ := args[0].(Bytes)
	if !m.convert(len(text.Data)) {
		return nil
	}
	out := make([]byte, 0, utf8.RuneCount(text.Data))
	for data := text.Data; len(data) > 0; {
		r, n := utf8.DecodeRune(data)
		if r > math.MaxUint8 { // so is the mark of invalid UTF-8
			m.fail("bytes are spelled by characters above 255")
			return nil
		}
		out, data = append(out, byte(r)), data[n:]
	}
	return Bytes{out, -1}
}

// quoted is the value of a string literal of Python 2, as the oldest protocol has it.
func (m *machine) quoted(line []byte) any {
	n := len(line)
	if n < 2 || line[0] != line[n-1] || line[0] != '\'' && line[0] != '"' {
		m.fail("a string has no quotes")
		return nil
	}
	plain := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', '\\': '\\', '\'': '\'', '"': '"'}
	return m.unescape(line[1:n-1], plain, map[byte]int{'x': 2},
		func(out []byte, v uint64) []byte { return append(out, byte(v)) })
}

// escaped is text of the oldest protocol: characters below 256 are a byte as a rule, the others are \uXXXX or
// \UXXXXXXXX.
func (m *machine) escaped(line []byte) any {
	return m.unescape(line, nil, map[byte]int{'u': 4, 'U': 8},
		func(out []byte, v uint64) []byte { return utf8.AppendRune(out, rune(v)) })
}

// unescape replaces escapes: a letter that stands for a byte, or one that is followed by so many hexadecimal digits of
// a character. A backslash before anything else is itself. add appends a character.
func (m *machine) unescape(text []byte, plain map[byte]byte, digits map[byte]int, add func([]byte, uint64) []byte) any {
	if !m.convert(len(text)) {
		return nil
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if b, ok := plain[text[i+1]]; ok {
				out = append(out, b)
				i++
				continue
			}
			if n := digits[text[i+1]]; n > 0 && i+2+n <= len(text) {
				if v, err := strconv.ParseUint(string(text[i+2:i+2+n]), 16, 32); err == nil {
					out = add(out, v)
					i += 1 + n
					continue
				}
			}
		}
		out = add(out, uint64(text[i]))
	}
	return Bytes{out, -1}
}
