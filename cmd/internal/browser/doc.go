// Package browser opens HTML pages in a headless Chromium for tests and looks for
// faults: what a page reports to the console, what it requests, and what a person
// would not be able to read or to reach.
//
//	file ─ Open ─▶ Page ─ Click, Press, Eval ─▶ Faults
//	                 ├─ Contrast, Layout, Semantics, Focus ─▶ faults
//	                 └─ Screenshot, PDF ─▶ files for a person to look at
//
// Only tests import it. The platforms on which the driver does not build have an
// empty package.
package browser
