package escape

import (
	"strings"
	"testing"
	"unicode"
)

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"striped teal moth":              "striped teal moth",
		"a|b":                            `a\|b`,
		"<script>alert(1)</script> & co": "&lt;script>alert(1)&lt;/script> &amp; co",
		"line\nbreak\x07":                "line break ",
		"*bold* `code` [x](y)":           "\\*bold\\* \\`code\\` \\[x\\](y)",
		"eval_every, _it_":               `eval_every, \_it\_`,
		"# no heading":                   `\# no heading`,
		"- no list":                      `\- no list`,
	} {
		if got := Markdown(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "moth": "moth", "-1.5": "-1.5", "+1e3": "+1e3", "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
		"+1+1": "'+1+1", "-x": "'-x", "@sum": "'@sum", "\tx": "'\tx", "-Inf": "-Inf",
	} {
		if got := CSV(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestLaTeX(t *testing.T) {
	if got, want := LaTeX("50 % of a_b & {c}\\"), `50 \% of a\_b \& \{c\}\textbackslash{}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a|b", "<b>", "`", "\\|", "=1", "\n|", "%\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := Markdown(s)
		if strings.ContainsFunc(m, unicode.IsControl) || strings.Contains(m, "<") {
			t.Errorf("%q becomes %q", s, m)
		}
		for i, r := range m {
			if strings.ContainsRune("|`*[]", r) && !strings.HasSuffix(m[:i], `\`) {
				t.Errorf("%q becomes %q, where byte %d is free", s, m, i)
			}
		}
		if c := CSV(s); len(c) > 0 && (c[0] == '=' || c[0] == '@') {
			t.Errorf("%q becomes %q", s, c)
		}
		free := strings.NewReplacer(`\%`, "", `\&`, "", `\#`, "").Replace(LaTeX(s))
		if strings.ContainsAny(free, "%&#\n") {
			t.Errorf("%q becomes %q", s, LaTeX(s))
		}
	})
}
