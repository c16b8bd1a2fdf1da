package compare

// Verdict is what a report says about an entry, in one word or a few.
type Verdict string

// The verdicts. Only Faster and Slower say that an entry and the first one differ.
const (
	First       Verdict = "reference"              // it is the first one
	Faster      Verdict = "faster"                 // than the first one
	Slower      Verdict = "slower"                 // than the first one
	NotShown    Verdict = "not shown to differ"    // the interval of the ratio includes 1
	TooWide     Verdict = "spread too wide"        // it does, and a difference that matters could hide in it
	TooFew      Verdict = "too few runs"           // for an interval that can be trusted
	OtherOutput Verdict = "other output"           // the times are not those of the same work
	NotMeasured Verdict = "failed"                 // there is no time
	NoReference Verdict = "reference not measured" // the first one has no time, or another output
)

// Verdict returns the verdict on Entries[i].
func (r *Report) Verdict(i int) Verdict {
	e := r.Entries[i]
	c := e.Comparison
	switch {
	case e.Result == Failed:
		return NotMeasured
	case e.Result == Different:
		return OtherOutput
	case i == 0:
		return First
	case c == nil || r.Entries[0].Result != Same:
		return NoReference
	case r.Settings.Runs < FewRuns:
		return TooFew
	case c.Different && c.Ratio < 1:
		return Faster
	case c.Different:
		return Slower
	case c.High-c.Low > wideInterval:
		return TooWide
	}
	return NotShown
}
