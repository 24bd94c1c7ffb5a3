// Package browser holds the tests of reports in a real browser: headless Chromium lays pages out, and the tests measure
// where text lies, use the keyboard and the mouse, and ask axe-core what people who cannot see the page would miss.
// It is a module of its own, so that the driver is no dependency of the program. `make report-test` runs it.
//
// REPORT names a report.html to be looked at too, SHOTS a folder for pictures of all pages.
package browser
