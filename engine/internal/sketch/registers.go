package sketch

import (
	"math"
	"math/bits"

	"github.com/axiomhq/hyperloglog"
	"github.com/dgryski/go-metro"
)

// Registers says how many registers a HyperLogLog sketch has: 2^Registers. 0 means that
// there is none.
type Registers uint8

const (
	// With fewer registers, errors are too often several times the standard error.
	minRegisters = Registers(8)
	// maxRegisters is that of package hyperloglog.
	maxRegisters = Registers(18)

	// rankBits are the lower bits of a code, which have the rank.
	rankBits = 6
	// hashSeed is that of hyperloglog.Sketch.Insert. Results do not depend on the run or
	// the machine.
	hashSeed = 1337
)

// MinError is the least standard error of the number of different contents, a relative one.
var MinError = maxRegisters.standardError()

// NewRegisters returns as few registers as have a standard error of at most relativeError,
// which is at least MinError.
func NewRegisters(relativeError float64) Registers {
	r := minRegisters
	for r < maxRegisters && r.standardError() > relativeError {
		r++
	}
	return r
}

// standardError returns the relative standard error of HyperLogLog.
func (r Registers) standardError() float64 { return 1.04 / math.Sqrt(r.count()) }

func (r Registers) count() float64 { return float64(uint(1) << r) }

// Code returns the register of a content and the rank there, from 1 on. It is positive.
func (r Registers) Code(content []byte) int64 {
	hash := metro.Hash64(content, hashSeed)
	rank := bits.LeadingZeros64(hash<<r|1<<(r-1)) + 1
	return int64(hash>>(64-r))<<rankBits | int64(rank)
}

// hash returns the largest hash whose code is that of a register and a rank, or at the
// highest rank the only one.
func (r Registers) hash(code uint32) uint64 {
	return uint64(code>>rankBits)<<(64-r) | 1<<(64-r)>>(code&(1<<rankBits-1))
}

// Estimator estimates how many different contents there are from their codes.
type Estimator struct {
	registers Registers
	codes     int      // different ones
	highest   []uint32 // the highest code of each register that has one
	sketch    *hyperloglog.Sketch
}

// EstimatorBytes is about how many bytes an Estimator for codes of r needs at most.
func EstimatorBytes(r Registers) int64 { return (2*4 + 1) << r }

// NewEstimator returns an Estimator for codes of r.
func NewEstimator(r Registers) *Estimator { return &Estimator{registers: r} }

// Reset removes all codes.
func (e *Estimator) Reset() { e.codes, e.highest = 0, e.highest[:0] }

// Add adds a code. Each is added once, in ascending order. 0 stands for no content.
func (e *Estimator) Add(code int64) {
	if code == 0 {
		return
	}
	e.codes++
	last := len(e.highest) - 1
	if last >= 0 && e.highest[last]>>rankBits == uint32(code)>>rankBits {
		e.highest[last] = uint32(code)
		return
	}
	e.highest = append(e.highest, uint32(code))
}

// Estimate returns the estimate.
//
// Few contents seldom have the same code, so that the number of codes tells more than the
// registers do, and it takes no time. n contents have about t - t^2/6 + t^3/42 codes for
// each register, with t contents for each: the sum of 1 - exp(-t/2^rank) over all ranks.
func (e *Estimator) Estimate() int64 {
	if perRegister := float64(e.codes) / e.registers.count(); perRegister <= 0.25 {
		return int64(math.Round(float64(e.codes) * (1 + perRegister/6 + perRegister*perRegister*2/63)))
	}
	if e.sketch == nil {
		e.sketch, _ = hyperloglog.NewSketch(uint8(e.registers), false) // NewRegisters returns what is allowed
	}
	e.sketch.Reset()
	for _, code := range e.highest {
		e.sketch.InsertHash(e.registers.hash(code))
	}
	return int64(e.sketch.Estimate())
}
