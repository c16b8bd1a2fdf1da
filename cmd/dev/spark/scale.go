//go:build linux

package main

import (
	"fmt"

	"onebrc/cmd/internal/spark"
)

// The job on paper.
const (
	paperRows     = 1_000_000_000_000
	paperRange    = spark.DefaultRangeBytes
	paperTasks    = spark.DefaultTasks
	paperMachines = 100
	paperCores    = 16  // of each machine
	paperDisk     = 1e9 // bytes that a machine reads in a second
)

// Scale returns the lines of a table about a job of 1e12 rows. Those about time are
// predictions from what was measured.
func (r *report) Scale() [][2]string {
	large := r.find(r.Large+" rows", taskAlone)
	if len(large.Seconds) == 0 {
		return nil
	}
	rows := 1e8
	if _, err := fmt.Sscan(r.Large, &rows); err != nil {
		return nil
	}
	bytesPerRow := float64(large.Bytes) / rows
	total := bytesPerRow * paperRows
	ranges := total / paperRange
	lines := [][2]string{
		{"bytes", fmt.Sprintf("%.1f TB", total/1e12)},
		{"ranges of 64 MiB", fmt.Sprintf("%.0f", ranges)},
		{"tasks, with the default of --tasks", fmt.Sprintf("%d, of %.0f ranges each", paperTasks, ranges/paperTasks)},
	}
	for _, v := range r.Volumes {
		perName := float64(v.Bytes) / float64(v.Names)
		for _, names := range []float64{413, 1e4, 1e7} {
			if names != float64(v.Names) && !(names == 1e7 && v.Names > 1e5) {
				continue
			}
			perTask := min(names, paperRows/float64(paperTasks)) * perName
			lines = append(lines, [2]string{
				fmt.Sprintf("rows of text for the shuffle with %.0f names in each task, at most", names),
				fmt.Sprintf("%.1f GB (%.0f bytes for each name and task)", perTask*paperTasks/1e9, perName),
			})
		}
	}
	// Not the time of Spark, whose spread is larger than what the bytes take.
	perByte := median(large.Seconds) / float64(large.Bytes)
	compute := total * perByte / (paperMachines * paperCores)
	read := total / (paperMachines * paperDisk)
	return append(lines,
		[2]string{"measured throughput of a core: one 1brc spark-task, " + r.Large + " rows in the page cache", fmt.Sprintf("%.2f GB/s", 1/perByte/1e9)},
		[2]string{fmt.Sprintf("prediction: reading on %d machines, 1 GB/s each", paperMachines), fmt.Sprintf("%.0f s", read)},
		[2]string{fmt.Sprintf("prediction: processes of 1brc on %d machines of %d such cores, in the page cache", paperMachines, paperCores), fmt.Sprintf("%.0f s", compute)},
	)
}
