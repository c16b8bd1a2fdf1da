package measure

import "time"

// counts has what the kernel has counted for a thread.
type counts struct {
	cpu                    time.Duration
	minor, major           int64
	voluntary, involuntary int64
}

// add adds what was counted from before to after.
func (c *counts) add(before, after counts) {
	c.cpu += after.cpu - before.cpu
	c.minor += after.minor - before.minor
	c.major += after.major - before.major
	c.voluntary += after.voluntary - before.voluntary
	c.involuntary += after.involuntary - before.involuntary
}

// thread converts c, or returns nil if the counts are not known.
func (c counts) thread(known bool) *Thread {
	if !known {
		return nil
	}
	return &Thread{
		CPUSeconds: seconds(c.cpu), MinorFaults: c.minor, MajorFaults: c.major,
		VoluntarySwitches: c.voluntary, InvoluntarySwitches: c.involuntary,
	}
}
