package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"

	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// CPUChild runs a stage under the CPU profiler, in a process of its own. The
// arguments are the name of the stage, its input, the file for the profile, and
// the least time for which to repeat the stage. It prints the Runs and WallSeconds
// of a CPUProfile as JSON.
func CPUChild(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) != 4 {
		return fmt.Errorf("profile: the child needs 4 arguments, got %d arguments", len(args))
	}
	stage, err := stages.ByName(args[0])
	if err != nil {
		return err
	}
	least, err := time.ParseDuration(args[3])
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	f, err := os.Create(args[2])
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	runs, took, err := repeat(ctx, stage, args[1], least)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return json.NewEncoder(stdout).Encode(journey.CPUProfile{Runs: runs, WallSeconds: took.Seconds()})
}

// repeat runs a stage at least once, and until least has passed.
func repeat(ctx context.Context, stage stages.Stage, input string, least time.Duration) (runs int, took time.Duration, err error) {
	start := time.Now()
	for took < least || runs == 0 {
		if _, err := stage.Run(ctx, input, 0); err != nil {
			return runs, took, err
		}
		runs, took = runs+1, time.Since(start)
	}
	return runs, took, nil
}
