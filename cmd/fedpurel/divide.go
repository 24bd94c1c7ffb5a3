package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
)

// divide makes the partition that a spec names, from the cache's labels and whatever files the spec points to.
func divide(s Spec, c *cache.Cache, train, test *cache.Split) (*partition.Partition, error) {
	if s.File != "" {
		return readPartition(s.File, train, test, len(c.Manifest.Classes))
	}
	o, classes := s.partitionOptions(), len(c.Manifest.Classes)
	var err error
	if s.Tail == "list" {
		if o.Tail.Counts, err = readCounts(s.Counts); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(s.Partition, "pachinko") {
		if o.Hierarchy, err = readHierarchy(s.Hierarchy); err != nil {
			return nil, err
		}
	}
	if s.Partition == "natural" {
		if o.Owners, err = owners(s, train, test); err != nil {
			return nil, err
		}
	}
	return partition.Make(train.Labels(), test.Labels(), classes, o)
}

// readPartition reads a saved partition and checks that it fits the splits. Its counts are taken again from the labels.
func readPartition(path string, train, test *cache.Split, classes int) (*partition.Partition, error) {
	var p partition.Partition
	if err := readJSON(path, &p); err != nil {
		return nil, err
	}
	if p.Format != 1 || len(p.Clients) == 0 {
		return nil, fault.Corruptf("%s is no partition, or of format %d; this program reads format 1", path, p.Format)
	}
	if err := p.Check(train.Len(), test.Len()); err != nil {
		return nil, fault.Corruptf("%s does not fit the cache: %w", path, err)
	}
	p.Counts = make([]int, classes)
	for _, s := range p.Clients {
		for _, r := range s.Train {
			p.Counts[train.Labels()[r]]++
		}
	}
	return &p, nil
}

// lines reads a text file without its empty lines.
func lines(path, flag string) ([]string, error) {
	if path == "" {
		return nil, fault.Usagef("%s FILE is needed", flag)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("%s: %w", flag, err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}

func readCounts(path string) ([]int, error) {
	text, err := lines(path, "--counts")
	if err != nil {
		return nil, err
	}
	var counts []int
	for i, line := range text {
		n, err := strconv.Atoi(line)
		if err != nil {
			return nil, fault.Corruptf("%s, line %d: %q is no number of images", path, i+1, line)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// readHierarchy numbers the coarse classes in the order in which they first occur.
func readHierarchy(path string) ([]int, error) {
	if path == "cifar100" {
		return partition.CIFAR100[:], nil
	}
	text, err := lines(path, "--hierarchy")
	if err != nil {
		return nil, err
	}
	number, hierarchy := map[string]int{}, []int(nil)
	for _, name := range text {
		if _, ok := number[name]; !ok {
			number[name] = len(number)
		}
		hierarchy = append(hierarchy, number[name])
	}
	return hierarchy, nil
}

// owners names the client of every row, from the pattern or the CSV file that the spec gives.
func owners(s Spec, train, test *cache.Split) (partition.Owners, error) {
	var o partition.Owners
	trainFiles, err := train.Files()
	testFiles, err2 := test.Files()
	if err := errors.Join(err, err2); err != nil {
		return o, err
	}
	if trainFiles == nil || testFiles == nil {
		return o, fault.Usagef("--partition natural: the cache does not know its files' names; give --partition-file instead")
	}
	var client func(file string) string
	switch {
	case s.Pattern != "" && s.ClientsFrom == "":
		re, err := regexp.Compile(s.Pattern)
		if err != nil || re.NumSubexp() < 1 {
			return o, fault.Usagef("--client-pattern %q must be a regular expression with a group, such as '([a-z]+)_[0-9]+'", s.Pattern)
		}
		client = func(file string) string {
			if m := re.FindStringSubmatch(file); m != nil {
				return m[1]
			}
			return ""
		}
	case s.ClientsFrom != "" && s.Pattern == "":
		of, err := readClients(s.ClientsFrom)
		if err != nil {
			return o, err
		}
		client = func(file string) string { return of[file] }
	default:
		return o, fault.Usagef("--partition natural needs --client-pattern or --clients-from, and not both")
	}
	for _, f := range trainFiles {
		o.Train = append(o.Train, client(f))
	}
	named := false
	for _, f := range testFiles {
		name := client(f)
		named = named || name != ""
		o.Test = append(o.Test, name)
	}
	if !named {
		o.Test = nil
	}
	return o, nil
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
