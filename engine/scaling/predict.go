package scaling

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"os"

	"onebrc/engine/internal/schedule"
)

// Scaling has the numbers that a prediction is made from.
type Scaling struct {
	// Machine is the machine of the measurements, and Commands are the commands
	// that made them. The input was in the page cache.
	Machine  string   `json:"machine"`
	Commands []string `json:"commands"`
	// CoreBytesPerSecond is the speed of one worker alone on the machine.
	// NodeBytesPerSecond is the bandwidth of the memory of one node.
	CoreBytesPerSecond float64 `json:"core_bytes_per_second"`
	NodeBytesPerSecond float64 `json:"node_bytes_per_second"`
	// FixedSeconds is the time of a run that is not spent on rows, from its
	// start to the printed result. MergeSeconds is the time of joining two
	// tables.
	FixedSeconds float64 `json:"fixed_seconds"`
	MergeSeconds float64 `json:"merge_seconds"`

	// The rest is assumed: the size of the machine, how many times slower a
	// worker is on pages of another node, and the size of the input.
	Nodes          int     `json:"nodes"`
	CoresPerNode   int     `json:"cores_per_node"`
	RemoteSlowdown float64 `json:"remote_slowdown"`
	Bytes          int64   `json:"bytes"`
}

// ReadScaling reads a Scaling from a JSON file, and checks it.
func ReadScaling(path string) (*Scaling, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("scaling: %w", err)
	}
	s := &Scaling{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("scaling: %s: %w", path, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("scaling: %s: %w", path, err)
	}
	return s, nil
}

// check returns what is wrong with s.
func (s *Scaling) check() error {
	switch {
	case !(s.CoreBytesPerSecond > 0 && s.NodeBytesPerSecond > 0):
		return fmt.Errorf("speeds must be above 0, got %v and %v", s.CoreBytesPerSecond, s.NodeBytesPerSecond)
	case s.FixedSeconds < 0 || s.MergeSeconds < 0:
		return fmt.Errorf("times must be 0 or more, got %v and %v", s.FixedSeconds, s.MergeSeconds)
	case s.Nodes < 1 || s.CoresPerNode < 1 || s.Bytes < 1:
		return fmt.Errorf("nodes, cores and bytes must be 1 or more, got %d, %d and %d", s.Nodes, s.CoresPerNode, s.Bytes)
	case !(s.RemoteSlowdown >= 1):
		return fmt.Errorf("the slowdown must be 1 or more, got %v", s.RemoteSlowdown)
	}
	return nil
}

// Point is a prediction for a number of workers, in seconds.
type Point struct {
	Workers int
	Spread  float64 // if the pages of the input are spread evenly over the nodes
	OneNode float64 // if all pages are on the first node
}

// Predict returns points for 1, 2, 4 and so on workers, up to one for each core.
func (s *Scaling) Predict() []Point {
	all := s.Nodes * s.CoresPerNode
	var points []Point
	for workers := 1; ; workers = min(2*workers, all) {
		points = append(points, Point{
			Workers: workers,
			Spread:  s.seconds(workers, s.Nodes),
			OneNode: s.seconds(workers, 1),
		})
		if workers == all {
			return points
		}
	}
}

// seconds simulates a run of workers that are spread over all nodes, on pages that
// are spread over the first holders nodes.
func (s *Scaling) seconds(workers, holders int) float64 {
	nodes := schedule.Nodes{Workers: make([]int, s.Nodes)}
	for i := range workers {
		nodes.Workers[i%s.Nodes]++
	}
	ranges := make([]schedule.Range, holders)
	for n := range ranges {
		ranges[n] = schedule.Range{Begin: s.Bytes / int64(holders) * int64(n), End: s.Bytes / int64(holders) * int64(n+1), Node: n}
	}
	readers := float64(workers) / float64(holders) // of the memory of each holder
	m := Machine{Nodes: nodes, Speed: func(worker, pages int) float64 {
		core := s.CoreBytesPerSecond
		if worker != pages {
			core /= s.RemoteSlowdown
		}
		return min(core, s.NodeBytesPerSecond/readers)
	}}
	limits := schedule.Limits{Largest: 64 << 20, Smallest: 256 << 10}
	run := Simulate(m, limits, ranges, nil)
	rounds := bits.Len(uint(workers - 1)) // of joining tables in pairs
	return s.FixedSeconds + run.Seconds + float64(rounds)*s.MergeSeconds
}

// Bound returns the number of workers from which on memory bandwidth, not the
// cores, limits the speed.
func (s *Scaling) Bound() int {
	return int(math.Ceil(float64(s.Nodes) * s.NodeBytesPerSecond / s.CoreBytesPerSecond))
}
