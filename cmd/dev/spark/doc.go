//go:build linux

// Command spark runs 1brc spark on a cluster of one master and two workers, which it
// starts on this machine, with faults, and measures it. It keeps what came out in
// profiles/spark.json and renders profiles/SPARK.md:
//
//	go run ./cmd/dev/spark --spark-home .cache/spark-4.1.4/home
//	go run ./cmd/dev/spark --spark-home .cache/spark-4.1.4/home --only 'time/local'
//
// Each step replaces what it said before. A step that fails ends the program.
//
// It runs in the root of the module on Linux and needs bin/1brc and bin/gen; make spark
// does both. All ports are on 127.0.0.1.
package main
