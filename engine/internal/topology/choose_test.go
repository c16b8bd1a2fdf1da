package topology

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChoose tests the places of each node, written "node: CPUs".
func TestChoose(t *testing.T) {
	quota := func(s shape, max string) shape {
		return s.with(s.name+" with quota "+max, map[string]string{"sys/fs/cgroup/cpu.max": max})
	}
	// This shape has half of one node and one core of the other.
	lopsided := twoSockets
	lopsided.mask = "0-15,64-79,40,104"
	few := oneNode
	few.mask = "2,5"
	for _, test := range []struct {
		shape  shape
		choice Choice
		places string
	}{
		{oneNode, Choice{}, "0: 0-7"},
		{oneNode, Choice{SMT: true}, "0: 0-7"},
		{oneNode, Choice{CPUs: Set{5, 1, 5}}, "0: 1,5"},
		{oneNode, Choice{Workers: 3}, "0: 0-2 in 0-7"},
		{few.with("two CPUs"), Choice{Workers: 5}, "0: 2,2,2,5,5 in 2,5"},
		{twoSockets, Choice{}, "0: 0-31; 1: 32-63"},
		{twoSockets, Choice{SMT: true}, "0: 0-31,64-95; 1: 32-63,96-127"},
		{twoSockets, Choice{Workers: 2}, "0: 0 in 0-31,64-95; 1: 32 in 32-63,96-127"},
		{twoSockets, Choice{Workers: 66}, "0: 0-31,64 in 0-31,64-95; 1: 32-63,96 in 32-63,96-127"},
		{twoSockets, Choice{Workers: 128}, "0: 0-31,64-95; 1: 32-63,96-127"},
		{twoSockets, Choice{CPUs: Set{3, 67}}, "0: 3"},
		{twoSockets, Choice{CPUs: Set{3, 67}, SMT: true}, "0: 3,67"},
		{twoSockets, Choice{CPUs: Set{67}}, "0: 67"},
		{quota(twoSockets, "450000 100000"), Choice{}, "0: 0-2 in 0-31,64-95; 1: 32-33 in 32-63,96-127"},
		{quota(twoSockets, "1000 100000"), Choice{}, "0: 0 in 0-31,64-95"},
		{quota(twoSockets, "450000 100000"), Choice{Workers: 6}, "0: 0-2 in 0-31,64-95; 1: 32-34 in 32-63,96-127"},
		{quota(twoSockets, "450000 100000"), Choice{CPUs: Set{0, 1, 2, 3, 4}}, "0: 0-4"},
		{quota(twoSockets, "12800000 100000"), Choice{}, "0: 0-31; 1: 32-63"},
		{lopsided.with("uneven nodes"), Choice{}, "0: 0-15; 1: 40"},
		{lopsided.with("uneven nodes"), Choice{Workers: 8}, "0: 0-7 in 0-15,64-79"},
		{lopsided.with("uneven nodes"), Choice{Workers: 34}, "0: 0-15,64-79; 1: 40,104"},
		{eightNodes, Choice{Workers: 8}, "0: 0 in 0-7,64-71; 1: 8 in 8-15,72-79; 2: 16 in 16-23,80-87; " +
			"3: 24 in 24-31,88-95; 4: 32 in 32-39,96-103; 5: 40 in 40-47,104-111; 6: 48 in 48-55,112-119; 7: 56 in 56-63,120-127"},
		{sparse, Choice{}, "0: 0-3; 2: 16-19"},
		{sparse, Choice{Workers: 3}, "0: 0-1 in 0-3; 2: 16 in 16-19"},
		{cxl, Choice{}, "0: 0-1; 1: 2-3"},
		{offline, Choice{}, "0: 1-4"},
		{offline, Choice{SMT: true}, "0: 1-4,7"},
		{container, Choice{}, "1: 32-39"},
		{container, Choice{SMT: true}, "1: 32-39,96-103"},
	} {
		t.Run(fmt.Sprintf("%s %+v", test.shape.name, test.choice), func(t *testing.T) {
			places, err := Read(test.shape.tree()).Choose(test.choice)
			require.NoError(t, err)
			require.Equal(t, test.places, describe(places))
		})
	}
}

// describe formats places. "in" precedes the CPUs that places are pinned to if
// that is more than their own CPU.
func describe(places []Place) string {
	var nodes []string
	for i := 0; i < len(places); {
		node := places[i].Node
		var cpus Set
		double, pin := "", ""
		for ; i < len(places) && places[i].Node == node; i++ {
			p := places[i]
			if len(cpus) > 0 && cpus[len(cpus)-1] == p.CPU {
				double = ","
			}
			cpus = append(cpus, p.CPU)
			if len(p.Pin) != 1 || p.Pin[0] != p.CPU {
				pin = " in " + p.Pin.String()
			}
		}
		list := cpus.String()
		if double != "" {
			list = strings.ReplaceAll(strings.Trim(fmt.Sprint([]int(cpus)), "[]"), " ", ",")
		}
		nodes = append(nodes, fmt.Sprintf("%d: %s%s", node, list, pin))
	}
	return strings.Join(nodes, "; ")
}

// TestChooseEvery chooses every number of workers on every shape. Each CPU is
// used once before any is used twice, cores are used before siblings, and no node
// exceeds its share by a whole worker.
func TestChooseEvery(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: takes seconds under the race detector")
	}
	for _, s := range []shape{oneNode, twoSockets, eightNodes, sparse, cxl, offline, container} {
		m := Read(s.tree())
		cores := map[int]int{} // of each node
		coreOf := map[int]int{}
		seen := map[int]bool{}
		for _, c := range m.CPUs {
			coreOf[c.ID] = c.Core
			if !seen[c.Core] {
				seen[c.Core] = true
				cores[c.Node]++
			}
		}
		for workers := 1; workers <= 2*len(m.CPUs)+1; workers++ {
			places, err := m.Choose(Choice{Workers: workers})
			require.NoError(t, err)
			require.Len(t, places, workers)
			perCPU, perCore, perNode := map[int]int{}, map[int]int{}, map[int]int{}
			for _, p := range places {
				require.True(t, p.Pin.Has(p.CPU))
				perCPU[p.CPU]++
				perCore[coreOf[p.CPU]]++
				perNode[p.Node]++
			}
			require.Len(t, perCPU, min(workers, len(m.CPUs)))
			require.Len(t, perCore, min(workers, len(seen)))
			if workers > len(seen) {
				continue // the share counts cores
			}
			for node, n := range cores {
				require.InDelta(t, float64(workers)*float64(n)/float64(len(seen)), perNode[node], 1, "%s: %d workers", s.name, workers)
			}
		}
	}
}

func TestChooseErrors(t *testing.T) {
	m := Read(container.tree())
	_, err := m.Choose(Choice{CPUs: Set{0, 1, 32, 200}})
	require.EqualError(t, err, "CPUs must be among 32-39,96-103, got 0-1,200")
	_, err = m.Choose(Choice{Workers: -1})
	require.EqualError(t, err, "workers must be 0 or more, got -1")
	_, err = new(Machine).Choose(Choice{})
	require.EqualError(t, err, "no usable CPUs")
}
