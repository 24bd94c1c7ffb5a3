package prompts

import (
	"embed"
	"path"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// files holds a file for each named set of templates, a template a line; the first line says where they come from.
//
//go:embed sets/*.txt
var files embed.FS

// Sets lists the names of the published sets of templates.
func Sets() []string {
	entries, err := files.ReadDir("sets")
	if err != nil {
		panic("models: " + err.Error()) // they are embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".txt"))
	}
	return names
}

// Set returns the templates of a published set, in its order.
func Set(name string) ([]string, error) {
	data, err := files.ReadFile(path.Join("sets", path.Base(name)+".txt"))
	if err != nil || path.Base(name) != name {
		return nil, fault.Unknown("models: there is no set of templates", name, Sets())
	}
	return Parse(string(data))
}

// Parse reads templates, one a line. Empty lines and those that begin with # are comments.
func Parse(text string) ([]string, error) {
	var all []string
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := Fill(line, "x"); err != nil {
			return nil, err
		}
		all = append(all, line)
	}
	if len(all) == 0 {
		return nil, fault.Usagef("models: the file holds no templates, such as %q", Default)
	}
	return all, nil
}
