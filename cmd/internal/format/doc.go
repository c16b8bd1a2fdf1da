// Package format formats quantities of reports and pages: times in seconds, sizes
// in bytes, shares and counts.
package format
