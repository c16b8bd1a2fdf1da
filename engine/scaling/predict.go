package scaling

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"os"

	"onebrc/engine/internal/schedule"
)

// Scaling is what a prediction is made from.
type Scaling struct {
	// What was measured: on which machine, with which commands, and from a file
	// in the page cache.
	Machine  string   `json:"machine"`
	Commands []string `json:"commands"`
	// CoreBytesPerSecond is the speed of one worker that has the machine to
	// itself, NodeBytesPerSecond what the memory of a node gives all its
	// workers together.
	CoreBytesPerSecond float64 `json:"core_bytes_per_second"`
	NodeBytesPerSecond float64 `json:"node_bytes_per_second"`
	// FixedSeconds is what a run takes beside reading rows, from start to the
	// printed result, and MergeSeconds what joining two tables takes.
	FixedSeconds float64 `json:"fixed_seconds"`
	MergeSeconds float64 `json:"merge_seconds"`

	// What was assumed: the machine, how many times slower a worker is on the
	// pages of another node, and the input.
	Nodes          int     `json:"nodes"`
	CoresPerNode   int     `json:"cores_per_node"`
	RemoteSlowdown float64 `json:"remote_slowdown"`
	Bytes          int64   `json:"bytes"`
}

// ReadScaling reads a file of JSON.
func ReadScaling(path string) (*Scaling, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Scaling{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("simulator: %s: %w", path, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("simulator: %s: %w", path, err)
	}
	return s, nil
}

func (s *Scaling) check() error {
	switch {
	case !(s.CoreBytesPerSecond > 0 && s.NodeBytesPerSecond > 0):
		return errors.New("a speed is not above 0")
	case s.FixedSeconds < 0 || s.MergeSeconds < 0:
		return errors.New("a time is below 0")
	case s.Nodes < 1 || s.CoresPerNode < 1 || s.Bytes < 1:
		return errors.New("nodes, cores and bytes begin at 1")
	case !(s.RemoteSlowdown >= 1):
		return errors.New("the slowdown is below 1")
	}
	return nil
}

// Point is what is predicted for a number of workers, in seconds.
type Point struct {
	Workers int
	Spread  float64 // the pages of the input are spread evenly over the nodes
	OneNode float64 // all of them are on the first node
}

// Predict returns the points for 1, 2, 4 and so on workers, up to one for each
// core.
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

// seconds simulates a run of workers, which are spread over the nodes, on pages
// that are spread over the first holders of them.
func (s *Scaling) seconds(workers, holders int) float64 {
	nodes := schedule.Nodes{Workers: make([]int, s.Nodes)}
	for i := range workers {
		nodes.Workers[i%s.Nodes]++
	}
	ranges := make([]schedule.Range, holders)
	for n := range ranges {
		ranges[n] = schedule.Range{Begin: s.Bytes / int64(holders) * int64(n), End: s.Bytes / int64(holders) * int64(n+1), Node: n}
	}
	readers := float64(workers) / float64(holders) // of the memory of each
	m := Machine{Nodes: nodes, Speed: func(worker, pages int) float64 {
		core := s.CoreBytesPerSecond
		if worker != pages {
			core /= s.RemoteSlowdown
		}
		return min(core, s.NodeBytesPerSecond/readers)
	}}
	limits := schedule.Limits{Largest: 64 << 20, Smallest: 256 << 10}
	run := Simulate(m, limits, ranges, nil)
	rounds := bits.Len(uint(workers - 1)) // of joining the tables two by two
	return s.FixedSeconds + run.Seconds + float64(rounds)*s.MergeSeconds
}

// Bound is the number of workers from which on the memory of all nodes, and
// not the cores, is what limits the speed.
func (s *Scaling) Bound() int {
	return int(math.Ceil(float64(s.Nodes) * s.NodeBytesPerSecond / s.CoreBytesPerSecond))
}
