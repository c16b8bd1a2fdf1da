package engine

import "onebrc/engine/internal/measure"

// Where the time of a run went, see Options.Measure. The fields and the words are
// documented with "go doc -all onebrc/engine/internal/measure".
type (
	// Measurement is where the time of a run went. Times are in seconds of the
	// wall clock.
	Measurement = measure.Run
	// Percentiles are the percentiles of a distribution, within 1 %.
	Percentiles = measure.Percentiles
	// WorkerMeasurement is what one worker did.
	WorkerMeasurement = measure.WorkerRun
	// ThreadMeasurement is what the kernel counted for the thread of a worker.
	ThreadMeasurement = measure.Thread
	// NodeMeasurement is what the CPUs of one NUMA node read.
	NodeMeasurement = measure.NodeRun
	// Straggler is a chunk that took long for its size.
	Straggler = measure.Straggler
)

// Unknown is the number of a CPU or node that the system does not tell.
const Unknown = measure.Unknown
