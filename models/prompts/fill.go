// Package prompts holds templates of texts about a class: the sets that were published, and filling in a name.
package prompts

import (
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Default is the prompt of CLIP's and FedPuReL's zero-shot classifier for general pictures.
const Default = "a photo of a {}."

// Fill puts a class name in place of the template's {}. The template must have exactly one.
func Fill(template, class string) (string, error) {
	if n := strings.Count(template, "{}"); n != 1 {
		return "", fault.Usagef("models: template %q has {} %d times: write it exactly once, "+
			"where the class name belongs", template, n)
	}
	if !utf8.ValidString(template) {
		return "", fault.Usagef("models: template %q is not UTF-8; save the file as UTF-8", template)
	}
	if strings.TrimSpace(class) == "" {
		return "", fault.Usagef("models: fill template %q: the class name is empty", template)
	}
	return strings.Replace(template, "{}", class, 1), nil
}
