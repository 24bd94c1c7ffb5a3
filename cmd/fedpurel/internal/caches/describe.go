package caches

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models/onnx"
)

// Complete says that a cache was there already.
func Complete(c *cli.Context, out string) error {
	if c.Bool("json") {
		return shell.PrintJSON(c, map[string]any{"out": out, "complete": true})
	}
	fmt.Fprintf(c.App.Writer, "%s is complete already\n", out)
	return nil
}

// Describe is a cache in a few lines.
func Describe(m *cache.Manifest, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d classes, dimension %d, logit scale %.4g (%s)",
		dir, len(m.Classes), m.Dim, m.LogitScale.Value, m.LogitScale.Source)
	for _, s := range m.Splits {
		fmt.Fprintf(&b, "\n  %-5s %d images", s.Name, s.Rows)
		if s.Views != nil {
			fmt.Fprintf(&b, " and %d views of each", m.Views)
		}
		if m.Tokens != nil {
			fmt.Fprintf(&b, ", tokens for the last %s", blocks(m.Tokens.Blocks))
		}
		if s.Thumbs != nil {
			fmt.Fprintf(&b, ", %d thumbnails", s.Thumbs.Pictures)
		}
		for i, skip := range s.Skipped {
			if i == 5 {
				fmt.Fprintf(&b, "\n        … and %d more, see %s", len(s.Skipped)-i, cache.ManifestFile)
				break
			}
			if i == 0 {
				fmt.Fprintf(&b, ", %d skipped:", len(s.Skipped))
			}
			fmt.Fprintf(&b, "\n        %s: %s", skip.File, skip.Reason)
		}
	}
	for i, s := range m.Sites {
		if i == 5 {
			fmt.Fprintf(&b, "\n  … and %d more sites", len(m.Sites)-i)
			break
		}
		fmt.Fprintf(&b, "\n  site %s: %d training and %d test images", s.Name, s.Rows["train"], s.Rows["test"])
	}
	if m.Model != nil {
		text := "templates: " + strings.Join(m.Templates, " | ")
		if m.TextSource != nil {
			text = "texts from " + m.TextSource.Name
		}
		fmt.Fprintf(&b, "\n  model %s (%s), %s", m.Model.Name, m.Model.Layout, text)
	}
	fmt.Fprintf(&b, "\n  fingerprint %.16s…", m.Fingerprint)
	return b.String()
}

func blocks(n int) string {
	if n == 1 {
		return "block"
	}
	return fmt.Sprintf("%d blocks", n)
}

// Versions is the record of what made a cache.
func Versions() map[string]string {
	v := map[string]string{
		"fedpurel": shell.Version(),
		"go":       runtime.Version(),
		"platform": runtime.GOOS + "/" + runtime.GOARCH,
	}
	if ort := onnx.Version(); ort != "" {
		v["onnxruntime"] = ort
	}
	return v
}
