package setup

import (
	"os"
	"strconv"
	"strings"
)

// memoryNow is the machine's memory as Linux tells it, or nil.
func memoryNow() *memory {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil
	}
	kilobytes := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 {
			kilobytes[f[0]], _ = strconv.ParseInt(f[1], 10, 64)
		}
	}
	if kilobytes["MemTotal:"] == 0 {
		return nil
	}
	return &memory{Total: kilobytes["MemTotal:"] << 10, Available: kilobytes["MemAvailable:"] << 10}
}
