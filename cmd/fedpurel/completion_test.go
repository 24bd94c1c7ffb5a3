package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/help"
	"github.com/fedpurel/fedpurel/fed/method"
)

// Each script in its own shell, of those that are installed: it loads without a word, and completes commands,
// subcommands, options, values of options and of lists of them, and files elsewhere.
func TestCompletionInShells(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "photos.tar", nil)
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "fedpurel")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	for shell, ask := range map[string]string{
		// The words of a command line in bash, as readline divides them.
		"bash": `source <(fedpurel completion bash) || exit 1
			while IFS= read -r line; do
				read -ra COMP_WORDS <<< "${line//=/ = }"; [[ $line == *" " ]] && COMP_WORDS+=("")
				COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
				_fedpurel
				[[ ${#COMPREPLY[@]} == 0 ]] && COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
				echo "${COMPREPLY[@]}"
			done`,
		// zsh's completion runs in its line editor alone: the functions that it hands its findings to stand in for it.
		"zsh": `compdef() { [[ "$*" == "_fedpurel fedpurel" ]] || echo "compdef $*"; }
			source <(fedpurel completion zsh) || exit 1
			_describe() {
				(( $# == 2 )) || exit 1
				for c in "${(@P)2}"; do print -n -- "${${c%%[^\\]:*}}${${(M)c##*[^\\]:}[-2]} "; done
			}
			_files() { print -n -- "${words[CURRENT]}"*; }
			while IFS= read -r line; do
				words=(${=line}); [[ $line == *" " ]] && words+=(""); CURRENT=$#words
				_fedpurel; echo
			done`,
		"fish": `fedpurel completion fish | source
			while read -l line
				echo (complete -C "$line" | string replace -r '\t.*' '')
			end`,
	} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not installed", shell)
			}
			cases := [][2]string{
				{"fedpurel tra", "train"},
				{"fedpurel models ", "list show verify pull"},
				{"fedpurel help cache im", "import"},
				{"fedpurel train --mod", "--module --model"},
				{"fedpurel train --module gate", "gate gate-head"},
				{"fedpurel compare --methods local,fedp", "local,fedper local,fedpgp local,fedprox local,fedpurel"},
				{"fedpurel compare --methods fedavg,ditto+fedlc+wi", "fedavg,ditto+fedlc+wise"},
				{"fedpurel methods fedpe", "fedper"},
				{"fedpurel train --cache c --preset rel", "released"},
				{"fedpurel completion z", "zsh"},
				{"fedpurel featurize --data pho", "photos.tar"},
				{"fedpurel featurize --thu", "--thumbnails"},
				{"fedpurel inspect pho", "photos.tar"},
			}
			if shell == "bash" {
				cases = append(cases, [2]string{"fedpurel train --module=text-s", "text-shift"})
			} else {
				cases = append(cases, [2]string{"fedpurel train --module=text-s", "--module=text-shift"})
			}
			var lines, want []string
			for _, c := range cases {
				lines, want = append(lines, c[0]+"\n"), append(want, c[1])
			}
			args := map[string][]string{"bash": {"--norc", "-c"}, "zsh": {"-f", "-c"}, "fish": {"--no-config", "-c"}}
			cmd := exec.Command(path, append(args[shell], ask)...)
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(strings.Join(lines, ""))
			cmd.Env = append(os.Environ(), "HOME="+dir, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got := strings.Split(strings.TrimSpace(string(out)), "\n")
			for i := range got {
				words := strings.Fields(got[i])
				if i < len(want) && shell == "fish" { // it sorts
					slices.Sort(words)
					w := strings.Fields(want[i])
					slices.Sort(w)
					want[i] = strings.Join(w, " ")
				}
				got[i] = strings.Join(words, " ")
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	fails(t, dir, 2, `unknown shell "tcsh"; known: bash, zsh, fish`, "completion", "tcsh")
	fails(t, dir, 2, "bash, zsh or fish", "completion")
}

// What completion proposes for an option of a spec, train takes.
func TestCompletedValues(t *testing.T) {
	dir := imported(t)
	for _, c := range application().Commands {
		if c.Name != "train" {
			continue
		}
		for _, f := range c.Flags {
			values, _, files := flags.Values("train", f.Names()[0])
			for _, v := range values {
				if files || f.Names()[0] == "templates" {
					continue
				}
				host := "lora-head"
				if e, err := method.Find(v); err == nil && e.Host != "" {
					host = e.Host
				}
				reader := map[string][]string{
					"prior": {"--loss", "adjusted", "--module", "linear"}, "lc-form": {"--loss", "fedlc"},
					"personal-start": {"--method", "fedpurel"},
					"creff-start":    {"--method", "creff", "--module", "linear"},
					"personal":       {"--method", "fedavg"},
					"method":         {"--module", host},
					"private":        {"--method", "fedper", "--module", "lora-head"},
				}[f.Names()[0]]
				ok(t, dir, append([]string{"train", "--explain", "--" + f.Names()[0], v}, reader...)...)
			}
		}
	}
}

// Every flag stands under a heading of help, and help fits a terminal of 80 columns.
func TestHelpIsOrderly(t *testing.T) {
	dir := t.TempDir()
	for _, c := range application().Commands {
		if c.Hidden {
			continue
		}
		for _, s := range append(c.Subcommands, c) {
			if stray := help.Ungrouped(s.Flags); len(stray) > 0 {
				t.Errorf("help has no heading for the flags %v of %s: add them to its groups", stray, s.Name)
			}
		}
	}
	groups := [][]string{{}, {"models"}, {"cache"}, {"runtime"}}
	for _, name := range append(groups, commandNames()...) {
		flagged := ok(t, dir, append(name, "--help")...)
		for line := range strings.Lines(flagged) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
				t.Errorf("help of %v: a line of %d columns: %s", name, n, line)
			}
		}
		if asked := ok(t, dir, append([]string{"help"}, name...)...); asked != flagged {
			t.Errorf("help %v differs from --help:\n%s", name, asked)
		}
	}
	fails(t, dir, 2, `unknown command "trian"; did you mean train?`, "help", "trian")
	fails(t, dir, 2, `unknown command "impotr"; did you mean import?`, "help", "cache", "impotr")
	fails(t, dir, 2, "unexpected argument", "help", "train", "rounds")
	for _, want := range []string{`"version": "`, `"go": "go`, `"platform": "`} {
		if out := ok(t, dir, "version", "--json"); !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if out := ok(t, dir, "version"); !strings.HasPrefix(out, "fedpurel ") || !strings.Contains(out, ", go1.") {
		t.Errorf("version says %s", out)
	}
}
