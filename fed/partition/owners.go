package partition

import (
	"encoding/csv"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Owners names the client of every row of the splits. An empty name is nobody's row.
type Owners struct{ Train, Test []string }

// names lists the clients that own any of the training rows, in order.
func (o Owners) names(rows []int) []string {
	seen := map[string]bool{}
	for _, r := range rows {
		seen[o.Train[r]] = true
	}
	delete(seen, "") // nobody
	return slices.Sorted(maps.Keys(seen))
}

// find names the client of every row: by the pattern or the CSV file, or else as the data does.
func (o *Natural) find(d Data) (owners Owners, err error) {
	switch {
	case o.Pattern != "" || o.From != "":
		if d.Files != nil {
			owners, err = o.read(d)
		}
	case d.Owners != nil:
		if owners, err = d.Owners(); err == nil && owners.Train == nil {
			err = fault.Usagef("--partition natural: the cache names no clients; " +
				"give --client-pattern or --clients-from")
		}
	}
	if !slices.ContainsFunc(owners.Test, func(name string) bool { return name != "" }) {
		owners.Test = nil
	}
	return owners, err
}

// read names the client of every row by its file.
func (o *Natural) read(d Data) (owners Owners, err error) {
	trainFiles, testFiles, err := d.Files()
	if err != nil {
		return owners, err
	}
	if trainFiles == nil || testFiles == nil {
		return owners, fault.Usagef("--partition natural: the cache does not know its files' names; " +
			"give --partition-file instead")
	}
	client, err := o.client()
	if err != nil {
		return owners, err
	}
	for _, f := range trainFiles {
		owners.Train = append(owners.Train, client(f))
	}
	for _, f := range testFiles {
		owners.Test = append(owners.Test, client(f))
	}
	return owners, nil
}

// client returns the function that names a file's client.
func (o *Natural) client() (func(file string) string, error) {
	switch {
	case o.Pattern != "" && o.From == "":
		re, err := regexp.Compile(o.Pattern)
		if err != nil || re.NumSubexp() < 1 {
			return nil, fault.Usagef("--client-pattern %q must be a regular expression with a group, "+
				"such as '([a-z]+)_[0-9]+'", o.Pattern)
		}
		return func(file string) string {
			if m := re.FindStringSubmatch(file); m != nil {
				return m[1]
			}
			return ""
		}, nil
	case o.From != "" && o.Pattern == "":
		of, err := readClients(o.From)
		return func(file string) string { return of[file] }, err
	}
	return nil, fault.Usagef("--partition natural takes --client-pattern or --clients-from, not both")
}

// fileColumns are the names that a column of files may have, as in the lists that featurize reads.
var fileColumns = []string{"file", "path", "image", "file_name", "filename", "filepath", "impath", "image_path"}

// clientColumns are the names that a column of clients may have, the most telling first, as in the lists that featurize
// reads.
var clientColumns = []string{
	"client", "client_id", "site", "site_id", "hospital", "hospital_id", "institution", "institution_id", "center",
	"center_id", "centre", "centre_id", "station", "station_id", "writer", "writer_id", "user", "user_id", "celeb_id",
	"domain",
}

// readClients reads a CSV file with a header that has a column of files and one of clients: the list that the images
// came from will do.
func readClients(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("--clients-from: %w", err)
	}
	defer f.Close() // read-only: nothing can be lost
	r := csv.NewReader(f)
	head, err := r.Read()
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		head[i] = strings.NewReplacer(" ", "_", "-", "_").Replace(name)
	}
	file := slices.IndexFunc(head, func(name string) bool { return slices.Contains(fileColumns, name) })
	client := -1
	for i := len(clientColumns) - 1; i >= 0; i-- {
		if at := slices.Index(head, clientColumns[i]); at >= 0 {
			client = at
		}
	}
	if err != nil || file < 0 || client < 0 {
		return nil, fault.Corruptf("--clients-from %s: the first line must name the columns file (or path) and client "+
			"(or site, user)", path)
	}
	of := map[string]string{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return of, nil
		}
		if err != nil {
			return nil, fault.Corruptf("--clients-from %s: %w", path, err)
		}
		of[row[file]] = strings.TrimSpace(row[client])
	}
}
