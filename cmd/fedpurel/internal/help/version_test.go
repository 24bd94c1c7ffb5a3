package help

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestBuild(t *testing.T) {
	set := func(pairs ...string) (all []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	commit := strings.Repeat("0123456789", 4)
	for want, info := range map[string]*debug.BuildInfo{
		"fedpurel (devel), go": nil,
		"fedpurel v1.2.3, go":  {Main: debug.Module{Version: "v1.2.3"}},
		"fedpurel (devel), commit 012345678901 of 2026-05-04T00:00:00Z, go": {
			Main:     debug.Module{Version: "(devel)"},
			Settings: set("vcs.revision", commit, "vcs.time", "2026-05-04T00:00:00Z", "vcs.modified", "false"),
		},
		"fedpurel (devel), commit 012345678901 with changes, go": {
			Settings: set("vcs.revision", commit, "vcs.modified", "true"),
		},
	} {
		if got := buildOf(info).String(); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q…", got, want)
		}
	}
}
