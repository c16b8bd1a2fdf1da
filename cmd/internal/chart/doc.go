// Package chart draws charts as SVG: bars with a dot for each sample, and lines over
// logarithmic axes. The charts of the README, of the pages in profiles and of the
// pages of 1brc report come from it.
//
//	values ─ layout in pixels ─▶ a struct for the template ─ html/template ─▶ SVG
//
// The texts of a chart may be names from data: the templates escape them. A Theme
// chooses the colours. The files in the repository have the fixed colours of Light
// and Dark; the SVG in a page has those of Page, which are variables of its style
// sheet, so that one SVG follows the page.
package chart
