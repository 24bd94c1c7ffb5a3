package ortlib

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/train/fault"
)

// client is a program that fetches packages as it is set up on the machine, and runs nothing of what it fetches.
type client struct {
	name string
	size string // of what it fetches
	// says is what the user would type.
	says func(tag string) string
	// find is the command by which the program is run, or nil.
	find func(ctx context.Context) []string
	// fetch are the arguments that bring the package into a folder.
	fetch func(dir, tag string) []string
	made  string // the file that comes of it, a pattern
}

var clients = []client{
	{
		name: "npm",
		size: "100 MB",
		says: func(string) string { return "npm pack onnxruntime-node@" + Version },
		find: func(context.Context) []string { return first("npm") },
		fetch: func(dir, _ string) []string {
			return []string{
				"pack", "--loglevel=error", "--ignore-scripts", "--pack-destination", dir,
				"onnxruntime-node@" + Version,
			}
		},
		made: "*.tgz",
	},
	{
		name: "pip",
		size: "20 MB",
		says: func(tag string) string {
			return "pip download --no-deps --only-binary=:all: --python-version 3.12 --platform " + tag +
				" onnxruntime==" + Version
		},
		find: findPip,
		// The Python of the wheel need not be the machine's: nothing but the library is taken.
		fetch: func(dir, tag string) []string {
			return []string{
				"download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
				"--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--platform", tag,
				"--dest", dir, "onnxruntime==" + Version,
			}
		},
		made: "*.whl",
	},
}

// by is the client that brings a package.
func (p published) by() client {
	return clients[slices.IndexFunc(clients, func(c client) bool { return c.name == p.client })]
}

func clientNames() []string {
	var names []string
	for _, c := range clients {
		names = append(names, c.name)
	}
	return names
}

// Clients are the package clients that this machine has, by the paths of their programs.
func Clients(ctx context.Context) map[string]string {
	found := map[string]string{}
	for _, c := range clients {
		if command := c.find(ctx); command != nil {
			found[c.name] = strings.Join(command, " ")
		}
	}
	return found
}

// first is the first of some programs that there is, or nil.
func first(names ...string) []string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return []string{path}
		}
	}
	return nil
}

// findPip finds pip as a program, or in the Python that is there.
func findPip(ctx context.Context) []string {
	if command := first("pip3", "pip"); command != nil {
		return command
	}
	python := first("python3", "python")
	if python == nil || exec.CommandContext(ctx, python[0], "-m", "pip", "--version").Run() != nil {
		return nil
	}
	return append(python, "-m", "pip")
}

// fetch brings the package into a folder, with the client that is wanted, or with the first that is there and can.
func (i installer) fetch(ctx context.Context, dir string) (archive, from string, err error) {
	var failed []error
	for _, p := range i.rows {
		c := p.by()
		if i.With != "" && i.With != c.name {
			continue
		}
		command := c.find(ctx)
		if command == nil {
			continue
		}
		i.say("fetching ONNX Runtime %s with %s (%s)", Version, c.name, c.size)
		if archive, err = c.run(ctx, command, dir, p.tag); err == nil {
			return archive, c.name, nil
		} else if ctx.Err() != nil {
			return "", "", ctx.Err()
		}
		failed = append(failed, err)
	}
	byHand := "bring the package from a machine that can fetch it (" + strings.Join(i.packages(), ", or ") +
		") and pass the file with --package"
	if len(failed) > 0 {
		return "", "", fmt.Errorf("ortlib: ONNX Runtime could not be fetched (%w); check the connection, or %s",
			errors.Join(failed...), byHand)
	}
	return "", "", fault.Missingf("ortlib: there is no %s on this machine: install one, or %s",
		cmp.Or(i.With, strings.Join(clientNames(), " and no ")), byHand)
}

// run fetches with one client.
func (c client) run(ctx context.Context, command []string, dir, tag string) (archive string, err error) {
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], c.fetch(dir, tag)...)...)
	var report bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &report, &report
	cmd.WaitDelay = 5 * time.Second // its children may hold the pipe
	if err := cmd.Run(); err != nil {
		words := strings.Join(strings.Fields(report.String()), " ")
		if r := []rune(words); len(r) > 400 { // the last lines have the reason
			words = "…" + string(r[len(r)-400:])
		}
		return "", fmt.Errorf("%s: %w: %s", c.says(tag), err, words)
	}
	found, err := filepath.Glob(filepath.Join(escape(dir), c.made))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%s left %d files %s", c.says(tag), len(found), c.made)
	}
	return found[0], nil
}

// packages are the commands that bring this platform's packages.
func (i installer) packages() []string {
	var all []string
	for _, p := range i.rows {
		if i.With == "" || i.With == p.client {
			all = append(all, "`"+p.by().says(p.tag)+"`")
		}
	}
	return all
}
