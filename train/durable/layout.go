package durable

import (
	"bufio"
	"io"
)

// compact writes valid JSON without the white space between its tokens, as json.Compact does, but holds no copy.
func compact(w io.Writer, object []byte) error {
	from, quoted := 0, false
	for i := 0; i < len(object); i++ {
		switch b := object[i]; {
		case quoted && b == '\\':
			i++ // what is escaped does not end the string
		case b == '"':
			quoted = !quoted
		case !quoted && (b == ' ' || b == '\n' || b == '\t' || b == '\r'):
			if _, err := w.Write(object[from:i]); err != nil {
				return err
			}
			from = i + 1
		}
	}
	_, err := w.Write(object[from:])
	return err
}

// indent writes valid JSON without white space over lines, as json.Indent does with two blanks a level, but holds no
// copy: laid out, lists of small numbers take many times the room.
func indent(to io.Writer, object []byte) error {
	w := bufio.NewWriter(to) // remembers the first error
	depth, quoted := 0, false
	line := func() {
		_ = w.WriteByte('\n')
		for range depth {
			_, _ = w.WriteString("  ")
		}
	}
	for i := 0; i < len(object); i++ {
		b := object[i]
		if quoted {
			_ = w.WriteByte(b)
			if b == '\\' {
				i++
				_ = w.WriteByte(object[i])
			}
			quoted = b != '"'
			continue
		}
		empty := i > 0 && (object[i-1] == '{' || object[i-1] == '[')
		if b == '}' || b == ']' {
			depth--
			if !empty {
				line()
			}
		} else if empty {
			line()
		}
		_ = w.WriteByte(b)
		switch b {
		case '{', '[':
			depth++
		case ',':
			line()
		case ':':
			_ = w.WriteByte(' ')
		case '"':
			quoted = true
		}
	}
	return w.Flush()
}
