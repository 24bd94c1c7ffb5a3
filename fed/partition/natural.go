package partition

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Natural gives every row to the client that the data names, clients in name order. A row that names nobody is
// nobody's. Where no test row names a client, test rows are dealt like the training rows of their class.
type Natural struct {
	Pattern string `json:"client_pattern" usage:"regular <EXPRESSION> whose first group in a file name is the client"`
	From    string `json:"clients_from" usage:"CSV <FILE> with columns file (or path) and client"`
	Owners  Owners `json:"-"` // where they are known already: neither is read then
}

// Owners names the client of every row of the splits. An empty name is nobody's row.
type Owners struct{ Train, Test []string }

// Validate accepts all: what is wrong shows with the data.
func (o *Natural) Validate() error { return nil }

// Split deals by names.
func (o *Natural) Split(d Data) (deal Deal, err error) {
	owners := o.Owners
	if owners.Train == nil && d.Files != nil {
		if owners, err = o.read(d); err != nil {
			return deal, err
		}
	}
	switch {
	case len(owners.Train) != d.TrainRows:
		return deal, fault.Usagef("partition: kind natural needs a client's name for each of the %d training images; "+
			"%d are given", d.TrainRows, len(owners.Train))
	case len(owners.Test) != 0 && len(owners.Test) != d.TestRows:
		return deal, fault.Usagef("partition: %d test images have a client's name, of %d", len(owners.Test), d.TestRows)
	}
	var kept []int
	for _, rows := range d.Train {
		kept = append(kept, rows...)
	}
	deal.Names = owners.names(kept)
	if len(deal.Names) == 0 {
		return deal, tooMany(0, len(kept))
	}
	to := func(byClass [][]int, owners []string) [][]int {
		out := make([][]int, len(deal.Names))
		for _, rows := range byClass {
			for _, r := range rows {
				if k, ok := slices.BinarySearch(deal.Names, owners[r]); ok {
					out[k] = append(out[k], r)
				}
			}
		}
		return out
	}
	deal.Train = to(d.Train, owners.Train)
	owned := 0
	for _, rows := range deal.Train {
		owned += len(rows)
	}
	if owned < len(kept) {
		deal.Note = fmt.Sprintf("%d of %d training images name no client and are left out", len(kept)-owned, len(kept))
	}
	if owners.Test == nil {
		deal.Test = dealLike(deal.Train, d)
	} else {
		deal.Test = to(d.Test, owners.Test)
	}
	return deal, nil
}

// names lists the clients that own any of the training rows, in order.
func (o Owners) names(rows []int) []string {
	seen := map[string]bool{}
	var names []string
	for _, r := range rows {
		if n := o.Train[r]; n != "" && !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// read names the client of every row, by the pattern or the CSV file.
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
	named := false
	for _, f := range testFiles {
		name := client(f)
		named = named || name != ""
		owners.Test = append(owners.Test, name)
	}
	if !named {
		owners.Test = nil
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
	return nil, fault.Usagef("--partition natural needs --client-pattern or --clients-from, and not both")
}

// fileColumns are the names that a column of files may have, as in the lists that featurize reads.
var fileColumns = []string{"file", "path", "image", "file_name", "filename", "filepath", "impath", "image_path"}

// readClients reads a CSV file with a header that has the columns file and client: the manifest of the images will do.
func readClients(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("--clients-from: %w", err)
	}
	defer f.Close() // read-only: nothing can be lost
	r := csv.NewReader(f)
	head, err := r.Read()
	file, client := -1, -1
	for i, name := range head {
		switch name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))); {
		case slices.Contains(fileColumns, name) && file < 0:
			file = i
		case name == "client":
			client = i
		}
	}
	if err != nil || file < 0 || client < 0 {
		return nil, fault.Corruptf("--clients-from %s: the first line must name the columns file and client", path)
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
		of[row[file]] = row[client]
	}
}
