package models

import (
	"embed"
	"path"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// prompts holds a file for each named set of templates, a template a line; the first line says where they come from.
//
//go:embed prompts/*.txt
var prompts embed.FS

// TemplateSets lists the names of the published sets of templates.
func TemplateSets() []string {
	entries, err := prompts.ReadDir("prompts")
	if err != nil {
		panic("models: " + err.Error()) // they are embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".txt"))
	}
	return names
}

// TemplateSet returns the templates of a published set, in its order.
func TemplateSet(name string) ([]string, error) {
	data, err := prompts.ReadFile(path.Join("prompts", path.Base(name)+".txt"))
	if err != nil || path.Base(name) != name {
		return nil, fault.Usagef("models: there is no set of templates %q: known are %s",
			name, strings.Join(TemplateSets(), ", "))
	}
	return ParseTemplates(string(data))
}

// ParseTemplates reads templates, one a line. Empty lines and those that begin with # are comments.
func ParseTemplates(text string) ([]string, error) {
	var all []string
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := FillTemplate(line, "x"); err != nil {
			return nil, err
		}
		all = append(all, line)
	}
	if len(all) == 0 {
		return nil, fault.Usagef("models: the file holds no templates, such as %q", DefaultTemplate)
	}
	return all, nil
}
