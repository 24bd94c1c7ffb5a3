package cache

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// clients joins what parts say of clients; nil if all images of clients were skipped.
func (j *joining) clients(s SplitContents, parts []held) (*File, error) {
	some := false
	file, err := store(j.dir, s.Name+".clients.txt", func(out io.Writer) error {
		return eachLine(parts, entry.clients, func(client string) error {
			some = some || client != ""
			_, err := io.WriteString(out, client+"\n")
			return err
		})
	})
	if err == nil && !some {
		return nil, os.Remove(filepath.Join(j.dir, file.Name))
	}
	return &file, err
}

// eachImage reads the lists of parts, line by line.
func eachImage(parts []held, f func(label int32, name string) error) error {
	return eachLine(parts, entry.list, func(line string) error {
		number, name, _ := strings.Cut(line, " ")
		label, err := strconv.ParseInt(number, 10, 32)
		if err != nil {
			return err
		}
		return f(int32(label), name)
	})
}

// eachLine reads a file of each part, line by line.
func eachLine(parts []held, file func(entry) string, f func(line string) error) error {
	for _, e := range parts {
		file, err := os.Open(filepath.Join(e.journal.dir, file(*e.entry)))
		if err != nil {
			return fmt.Errorf("cache: %w", err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for err == nil && lines.Scan() {
			err = f(lines.Text())
		}
		if err := errors.Join(err, lines.Err(), file.Close()); err != nil {
			return fmt.Errorf("cache: read %s: %w", file.Name(), err)
		}
	}
	return nil
}
