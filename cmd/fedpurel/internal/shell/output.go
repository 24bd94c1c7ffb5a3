package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Output is standard output, or the other stream, and remembers whether anything that was written to it was lost. So a
// command may print line by line without looking: run asks once, at its end, and no command ends well whose words did
// not arrive.
type Output struct {
	to   io.Writer
	name string
	err  error
}

// NewOutput returns the stream that goes to w, under its name in messages.
func NewOutput(w io.Writer, name string) *Output { return &Output{to: w, name: name} }

// Write passes p on. After an error nothing is written: what follows a gap would be misread.
func (o *Output) Write(p []byte) (n int, err error) {
	if o.err != nil {
		return 0, o.err
	}
	if n, err = o.to.Write(p); err != nil {
		o.lost(err)
	}
	return n, o.err
}

// Close closes a stream that is a file: some file systems say only then that they had no room.
func (o *Output) Close() error {
	if c, ok := o.to.(io.Closer); ok && o.err == nil {
		if err := c.Close(); err != nil {
			o.lost(err)
		}
	}
	return o.err
}

func (o *Output) lost(err error) {
	if path := (*os.PathError)(nil); errors.As(err, &path) { // it names the stream's file in the system's words
		err = path.Err
	}
	o.err = fmt.Errorf("write %s: %w: what was written is not whole; send it to where there is room "+
		"(files that the command made are kept)", o.name, err)
}
