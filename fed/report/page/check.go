package page

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// check refuses ids that would not be single names in selectors and addresses, or that stand for two things.
func check(d *document.Document) error {
	methods, sections := map[string]bool{}, map[string]bool{}
	for _, m := range d.Methods {
		if !isID(m.ID) || methods[m.ID] {
			return wrong("method", m.Name, m.ID)
		}
		methods[m.ID] = true
	}
	for _, s := range d.Sections {
		if !isID(s.ID) || sections[s.ID] {
			return wrong("section", s.Title, s.ID)
		}
		sections[s.ID] = true
	}
	return nil
}

func wrong(kind, name, id string) error {
	return fmt.Errorf("page: %s %q has id %q: want a unique one of letters, digits and hyphens", kind, name, id)
}

func isID(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return s != ""
}

// legal replaces what neither HTML nor XML may hold by U+FFFD: control characters and what is no character. Names may
// bring them anywhere; the page's own text has none.
func legal(page []byte) []byte {
	return bytes.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), r&0xfffe == 0xfffe, 0xfdd0 <= r && r <= 0xfdef:
			return utf8.RuneError
		}
		return r
	}, page)
}
