package browser

import _ "embed"

// measure finds what is wrong with a page's layout.
//
//go:embed measure.js
var measure string
