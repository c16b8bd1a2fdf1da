// Package report writes pages of 1brc report: what was measured as one HTML file that
// needs nothing else, neither other files nor the network.
//
//	measurements ─ KIND.go ─▶ KIND.html.tmpl ─▶ body ─ page.html.tmpl ─▶ page
//	                                  style.css, KIND.css ──┘
//	                                  script.js, KIND.js ───┘
//
// A page has one style sheet and one script, both inline. Its Content-Security-Policy
// allows these two by their hash and nothing else: no attribute style or onclick, no
// other script, whatever the data holds. Colours are variables of style.css, which
// follow the light or dark scheme of the reader; printed pages are light. A page is
// readable without its script.
//
// Data for a script is JSON in an element of its own, which html/template escapes.
// Names may hold any bytes: Visible shows those that are not UTF-8.
package report
