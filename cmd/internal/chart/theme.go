package chart

// Theme is the colours of a chart.
type Theme struct {
	Name                               string
	Ground, Ink, Muted, Own, Peer, Dot string
}

// The themes of files.
var (
	Light = Theme{"light", "#ffffff", "#1f2328", "#59636e", "#0969da", "#afb8c1", "#1f2328"}
	Dark  = Theme{"dark", "#0d1117", "#f0f6fc", "#9198a1", "#4493f8", "#3d444d", "#f0f6fc"}
)

// Page is the theme of charts in a page, whose style sheet defines the variables.
var Page = Theme{"page", "none", "var(--ink)", "var(--muted)", "var(--own)", "var(--peer)", "var(--ink)"}

// Themes returns the themes of files: each chart has a file of each.
func Themes() []Theme { return []Theme{Light, Dark} }

// File returns the name of the file of a chart.
func (t Theme) File(chart string) string { return chart + "-" + t.Name + ".svg" }
