package documenttest

import (
	"fmt"
	"strings"
)

// Hostile are names that renderers stumble over.
var Hostile = []string{
	"<script>alert(1)</script>",
	"שועל אדום",
	strings.Repeat("longword", 25),
	"الثعلب الأحمر <b>و</b>",
	strings.Repeat("a name of many words ", 10)[:200],
	"a|b | c",
	`"double" 'single' & ampersand &lt; \backslash`,
	"control\x00\x01\x08\x0b\x1f\x7f\u0085and\nline\ttab",
	"=cmd|' /C calc'!A0",
	"👩‍🔬🦊🏳️‍🌈 emoji",
	"javascript:alert(1)",
	"</style></svg></title><img src=x onerror=alert(1)>",
	"{{.Title}} ${x} `code` *star* _under_ [link](http://127.0.0.1/x)",
	"\u202eoverride\u202c",
	" ",
	"e\u0301\u0301\u0301\u0301\u0301\u0301 stacked",
	"not utf-8 \xff\xfe",
	"100% #1 ~^_{}$",
}

func plainly(_ int, plain string) string { return plain }

// hostilely returns each hostile name once, then plain ones with a little of them.
func hostilely(i int, plain string) string {
	if i < len(Hostile) {
		return Hostile[i]
	}
	return fmt.Sprintf("%s %.12s", plain, strings.ToValidUTF8(Hostile[i%len(Hostile)], "?"))
}

func methodName(i int) string {
	names := []string{
		"FedPuReL", "FedAvg", "FedProx", "FedAvg + LA", "CReFF", "FedPer", "FedRep", "Ditto", "PromptFL", "FedOTP",
		"FedPuReL, with a head", "FedAvg + local LA, residual, linear",
	}
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("method %d", i+1)
}

func className(c int) string {
	kinds := []string{
		"red fox", "apple", "aquarium fish", "lawn mower", "pickup truck", "sea", "sweet pepper", "mountain",
		"television", "maple tree", "caterpillar", "Golden retriever",
	}
	if c < len(kinds) {
		return kinds[c]
	}
	return fmt.Sprintf("%s %d", kinds[c%len(kinds)], c/len(kinds)+1)
}
