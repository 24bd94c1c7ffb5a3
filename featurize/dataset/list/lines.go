package list

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// head passes over what comes before the first row, and returns that row's line without taking it.
func (l *reader) head() (string, error) {
	for start := true; ; start = false {
		l.source.renew()
		data, err := l.text.Peek(maxLine)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fault.Missingf("dataset: %w", err)
		}
		if start && (bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff})) {
			return "", fault.Corruptf("dataset: %s is UTF-16; save it as UTF-8", l.file)
		}
		if mark := "\ufeff"; start && bytes.HasPrefix(data, []byte(mark)) {
			_, _ = l.text.Discard(len(mark)) // what was peeked is there
			continue
		}
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			end = len(data)
		}
		text := strings.TrimRight(string(data[:end]), " \t\r\n")
		switch {
		case len(data) == 0:
			return "", fault.Corruptf("dataset: %s lists no images", l.file)
		case end == maxLine && data[end-1] != '\n':
			return "", l.corrupt(l.line+1, "%w", errLong)
		// Excel's; a tab was cut off
		case l.line == 0 && len(text) <= len("sep=;") && strings.HasPrefix(strings.ToLower(text), "sep="):
			l.comma = cmp.Or(text[len("sep="):], "\t")
			fallthrough
		case text == "" || isComment(text):
			_, _ = l.text.Discard(end)
			l.line++
		default:
			return text, nil
		}
	}
}

// isComment tells whether a line is one: it begins with # and names no image.
func isComment(line string) bool {
	if !strings.HasPrefix(line, "#") {
		return false
	}
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(", ;\t", r) }) {
		if disk.IsImage(word) && len(path.Ext(word)) < len(word) {
			return false
		}
	}
	return true
}

// textLine reads a line that is neither blank nor a comment, without its end.
func (l *reader) textLine() (string, error) {
	for {
		l.source.renew()
		data, err := l.text.ReadSlice('\n')
		switch {
		case len(data) == 0 && errors.Is(err, io.EOF):
			return "", io.EOF
		case errors.Is(err, bufio.ErrBufferFull):
			return "", l.corrupt(l.line+1, "%w", errLong)
		case err != nil && !errors.Is(err, io.EOF):
			return "", fault.Missingf("dataset: %w", err)
		}
		l.line++
		if text := strings.TrimRight(string(data), " \t\r\n"); text != "" && !isComment(text) {
			return text, nil
		}
	}
}

// blanks reads "path label".
func (l *reader) blanks(r *row) error {
	text, err := l.textLine()
	if err != nil {
		return err
	}
	cut := strings.LastIndexAny(text, " \t")
	if _, ok := wholeNumber(text[cut+1:]); cut < 1 || !ok {
		return l.corrupt(l.line, "%q is no \"path label\" with a whole number; text labels need a table: path,label",
			disk.Clipped(text))
	}
	*r = row{path: strings.TrimRight(text[:cut], " \t"), label: text[cut+1:], line: l.line}
	return nil
}

// mxnet reads a line of a .lst file. Several labels in a line, as of boxes, are refused.
func (l *reader) mxnet(r *row) error {
	text, err := l.textLine()
	if err != nil {
		return err
	}
	cells := strings.Split(text, "\t")
	if len(cells) != 3 {
		return l.corrupt(l.line, "it has %d fields; expected number, label and path, with tabs", len(cells))
	}
	*r = row{path: cells[2], label: strings.TrimSpace(cells[1]), line: l.line}
	return nil
}
