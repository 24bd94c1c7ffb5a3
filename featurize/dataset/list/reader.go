package list

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// row is one image of a list, as written.
type row struct {
	path, label, split string // label "": nobody knows it
	class              string // the name of the label
	client             string // whose it is, "" for nobody
	line               int
}

// reader reads a list of images row by row, in one of these forms:
//
//	a table with commas, semicolons or tabs, with a header that names its columns, or without one: "path,label"
//	JSON objects, one a line
//	lines "path label" with a whole number, cut at the last blank
//	MXNet's .lst: number, label and path, with tabs
//
// Lines that begin with # and name no image are comments.
type reader struct {
	file    string
	closer  io.Closer
	source  *rowBound
	text    *bufio.Reader
	line    int              // the last line that was read
	comma   string           // what separates columns, if the list says so
	columns columns          // of a table; of the last object
	next    func(*row) error // io.EOF after the last row
}

// maxLine bounds a line of a list, and with it the memory that a missing line break or quotation mark costs.
const maxLine = 1 << 20

var errLong = errors.New("it is longer than 1 MiB; is a line break or a quotation mark missing?")

// rowBound fails once too much is read for one row.
type rowBound struct {
	r    io.Reader
	left int
}

func (b *rowBound) renew() { b.left = 4 * maxLine }

func (b *rowBound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

// open opens a list and finds out its form.
func open(file string, o dataset.Options) (*reader, error) {
	if info, err := os.Stat(file); err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	} else if !info.Mode().IsRegular() { // opening a pipe would wait for its other end
		return nil, fault.Usagef("dataset: %s is not a file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	l, err := newReader(f, file, o)
	if err != nil {
		_ = f.Close() // read-only
		return nil, err
	}
	l.closer = f
	return l, nil
}

func (l *reader) close() { _ = l.closer.Close() } // read-only

func newReader(r io.Reader, file string, o dataset.Options) (*reader, error) {
	l := &reader{file: file, source: &rowBound{r: r}}
	l.source.renew()
	l.text = bufio.NewReaderSize(l.source, maxLine)
	first, err := l.head()
	if err != nil {
		return nil, err
	}
	cut := strings.LastIndexAny(first, " \t")
	_, numbered := wholeNumber(first[cut+1:])
	tabs := strings.Split(first, "\t")
	_, counted := wholeNumber(tabs[0])
	switch ext := disk.LowerExt(file); {
	case ext == ".jsonl" || strings.HasPrefix(first, "{"):
		l.next = l.objects(o)
		return l, nil
	case ext == ".csv" || ext == ".tsv":
		return l, l.table(first, ext, o)
	case ext == ".lst" && len(tabs) > 2 && counted:
		l.next = l.mxnet
	case cut > 0 && numbered && !strings.HasSuffix(strings.TrimRight(first[:cut], " \t"), ","):
		l.next = l.blanks
	case strings.ContainsAny(first, ",;\t"):
		return l, l.table(first, ext, o)
	default:
		return nil, l.corrupt(l.line+1, "%q is no row of a list: write \"path label\" with a whole number, "+
			"or path,label", disk.Clipped(first))
	}
	if o.Labels+o.Column+o.Clients != "" {
		return nil, fault.Usagef("dataset: the columns of %s have no names: --labels, --column and --clients-column "+
			"mean nothing", file)
	}
	return l, nil
}

func (l *reader) corrupt(line int, format string, args ...any) error {
	return fault.Corruptf("dataset: %s line %d: "+format, append([]any{l.file, line}, args...)...)
}

// wholeNumber reads a whole number, also one that is written as 3.0.
func wholeNumber(text string) (int, bool) {
	whole, zeros, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(whole)
	return n, err == nil && strings.Trim(zeros, "0") == ""
}
