package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func settingsOf(t *testing.T, name, content string) (Settings, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return Default().ReadSettings(path)
}

// A spec in YAML is that in JSON, with all digits of its numbers.
func TestYAMLIsJSON(t *testing.T) {
	fromYAML, err := settingsOf(t, "spec.yaml", `# a comment
method: fedpurel
label: "2026-01-01"
rounds: 0x10
seed: 18446744073709551615
lr: 1e-3
mix: .5
purify_lambda: +1.50
clients: 1_000
diagnose: True
cache: 'a: b'
sigma: 0.123456789012345678
`)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := settingsOf(t, "spec.json", `{"method": "fedpurel", "label": "2026-01-01", "rounds": 16,
		"seed": 18446744073709551615, "lr": 1e-3, "mix": 0.5, "purify_lambda": 1.50, "clients": 1000, "diagnose": true,
		"cache": "a: b", "sigma": 0.123456789012345678}`)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromYAML, fromJSON) {
		t.Errorf("%v\n%v", fromYAML, fromJSON)
	}
	if again, err := settingsOf(t, "SPEC.YML", `{"rounds": 3}`); err != nil || again["rounds"] != json.Number("3") {
		t.Errorf("%v, %v", again, err)
	}
}

func TestWrongSpecFiles(t *testing.T) {
	for _, c := range []struct{ name, content, say string }{
		{"s.yaml", "ruonds: 3", `unknown field "ruonds"; did you mean rounds? known: `},
		{"s.json", `{"ruonds": 3}`, `unknown field "ruonds"; did you mean rounds? known: `},
		{"s.yaml", "rounds: 3\nlr: 1\nrounds: 4\n", `line 3: "rounds" is there twice`},
		{"s.json", `{"rounds": 3, "lr": 1, "rounds": 4}`, `"rounds" is there twice`},
		{"s.json", `{"rounds": 3} {"lr": 1}`, "goes on after its end"},
		{"s.json", `{"rounds": 3}}`, "goes on after its end"},
		{"s.json", `{"rounds": `, "unexpected"},
		{"s.yaml", "", "it is empty"},
		{"s.yaml", "rounds: 3\n---\nrounds: 4\n", "more than one document"},
		{"s.yaml", "rounds: 010", "010 is octal to some"},
		{"s.yaml", "lr: .inf", ".inf is no finite number"},
		{"s.yaml", "lr: .nan", ".nan is no finite number"},
		{"s.yaml", "a: &x 3\nrounds: *x", "references"},
		{"s.yaml", "<<: {rounds: 3}", "a name must be a word"},
		{"s.yaml", "? [a]\n: 3", "a name must be a word"},
		{"s.yaml", "rounds: 3\n\tlr: 1", "line 2"},
		{"s.yaml", "- 3", "by their names, not one array"},
		{"s.yaml", "rounds", "not one string"},
	} {
		_, err := settingsOf(t, c.name, c.content)
		if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %q: %v, want %q", c.name, c.content, err, c.say)
		}
	}
}

// The same names in different objects, as in a list of variants, are no repetition.
func TestOnce(t *testing.T) {
	for text, fine := range map[string]bool{
		`[{"a": 1, "b": ["a", "a"]}, {"a": {"a": "a", "b": "a"}}]`: true,
		`{"a": {"a": 1}, "b": {"a": 1}}`:                           true,
		`"a"`:                                                      true,
		`[1, 1]`:                                                   true,
		`{"a": {"b": 1, "b": 2}}`:                                  false,
		`[{"a": [{}], "a": 1}]`:                                    false,
		`1 2`:                                                      false,
	} {
		if err := once([]byte(text)); (err == nil) != fine {
			t.Errorf("%s: %v", text, err)
		}
	}
}
