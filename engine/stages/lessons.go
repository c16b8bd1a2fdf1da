package stages

// Lesson is what there is to do with a stage. Its sentences are Markdown, and its
// commands are for a shell in the root of the module, after Prepare.
type Lesson struct {
	// Stage is the name of the stage. It is there even if this machine cannot run
	// the stage.
	Stage string
	// Read lists source files, by their paths in the module: first the one that has
	// the idea.
	Read []string
	// Show are commands that show what the stage changes, one a line, and See is what
	// to look for in what they print.
	Show []string
	See  string
	// Try are experiments. Those that change code need make build before Show.
	Try []string
	// Exercise is a task. The stage Answer solves it; Answer is "" if no stage does.
	Exercise string
	Answer   string
}

// Prepare are the commands that the commands of all lessons need to have been run.
func Prepare() []string {
	return []string{"make build", "mkdir -p .cache", "bin/gen --rows 1e7 -o .cache/rows.txt"}
}

// lessons has the lessons of all stages in order, those of the engine's kernels for
// other processors included. The compiler lays it out, so that it costs nothing at the
// start of a program.
var lessons = []Lesson{
	{
		Stage: "naive",
		Read:  []string{"engine/stages/naive.go", "engine/stages/stats.go", "engine/stages/value.go"},
		Show: []string{
			"bin/1brc --stage naive --cpuprofile .cache/naive.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -cum .cache/naive.pprof",
		},
		See: "`flat` is the time of a function itself, and `cum` includes what it calls. Below `runNaive`, no line has most of the time.",
		Try: []string{
			"Run it once with `GOGC=off` and once without, both with `--stats`: how much time does the garbage collector take, and how much memory does it save?",
			"Replace `strings.Cut` by `strings.Split`, and look at the allocations with `--memprofile .cache/allocs.pprof` and `go tool pprof -sample_index=alloc_objects -top .cache/allocs.pprof`.",
		},
		Exercise: "At the end, one loop computes the statistics of each station from its values, and no station needs another one. " +
			"Give each station a goroutine of its own. Before you do, read from the profile how much this can save at most.",
		Answer: "goroutine-per-station",
	},
	{
		Stage: "goroutine-per-station",
		Read:  []string{"engine/stages/goroutine_per_station.go", "engine/stages/stats.go"},
		Show: []string{
			"bin/1brc --stage goroutine-per-station --cpuprofile .cache/parallel.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -focus 'stages\\.statistics$' .cache/parallel.pprof",
		},
		See: "The line `Showing nodes accounting for` has the share of everything that now runs in parallel.",
		Try: []string{
			"Take a trace with `--trace .cache/parallel.trace` and open it with `go tool trace .cache/parallel.trace`: find the moment at the end when more than one goroutine of the program works.",
			"If a share s of the time runs on two cores, they save half of it (Amdahl's law). Write down how much that is here, and then measure it with `bin/1brc compare --stages naive,goroutine-per-station .cache/rows.txt`.",
		},
		Exercise: "Reading lines and processing them take far more time, one after the other in one goroutine. " +
			"Let one goroutine read lines and send each of them over a channel to another one, which does the rest. Is the program faster with two cores at work?",
		Answer: "channel-unbuffered",
	},
	{
		Stage: "channel-unbuffered",
		Read:  []string{"engine/stages/channel_unbuffered.go"},
		Show: []string{
			"head -n 100000 .cache/rows.txt >.cache/few.txt",
			"bin/1brc --stage channel-unbuffered --trace .cache/unbuffered.trace .cache/few.txt >.cache/out.txt",
			"go tool trace -pprof=sync .cache/unbuffered.trace >.cache/unbuffered.pprof",
			"go tool pprof -top -focus 'stages\\.run' .cache/unbuffered.pprof",
		},
		See: "The table has the time for which goroutines were parked, in `runtime.chansend1` and `runtime.chanrecv2`, for only 100,000 rows.",
		Try: []string{
			"Run it with `GOMAXPROCS=1`. How much slower is the program on one core, and why not more?",
			"Open the trace with `go tool trace .cache/unbuffered.trace` and zoom in until you see single rows.",
		},
		Exercise: "For each row, one goroutine is parked and the other one woken. Change one expression so that a goroutine can handle many rows before it has to wait.",
		Answer:   "channel-buffered",
	},
	{
		Stage: "channel-buffered",
		Read:  []string{"engine/stages/channel_buffered.go"},
		Show: []string{
			"bin/1brc --stage channel-buffered --cpuprofile .cache/buffered.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -focus 'runtime\\.(chansend|chanrecv)' .cache/buffered.pprof",
		},
		See: "Sends and receives are still a large share, but now it is the lock of the channel (`runtime.lock2`, `runtime.unlock2`, `runtime.procyieldAsm`).",
		Try: []string{
			"Set `bufferedRows` to 1, 16 and 1,000,000, and measure each with `bin/1brc compare --stages channel-unbuffered,channel-buffered .cache/rows.txt`.",
			"Measure it against `goroutine-per-station`, which has no channel.",
		},
		Exercise: "Each row takes the lock of the channel twice. Keep both goroutines, but divide the number of sends by a thousand. " +
			"Do not allocate memory for each send: what was sent can come back.",
		Answer: "batches",
	},
	{
		Stage: "batches",
		Read:  []string{"engine/stages/batches.go", "engine/stages/input.go"},
		Show: []string{
			"bin/1brc --stage batches --cpuprofile .cache/batches.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -focus 'runtime\\.(chansend|chanrecv)' .cache/batches.pprof",
			"bin/1brc --stage batches --stats .cache/rows.txt >.cache/out.txt",
		},
		See: "The channel is nearly gone from the profile. But the peak of the memory is larger than the file.",
		Try: []string{
			"Set `batchRows` in `engine/stages/input.go` to 1, 16 and 100,000. From which size on does a send no longer matter?",
			"Double the rows (`bin/gen --rows 2e7 -o .cache/more.txt`), and look at the peak memory again.",
		},
		Exercise: "The program keeps every value until the end. Which numbers of a station does the result really need? " +
			"Keep only these, so that memory no longer grows with the rows.",
		Answer: "running",
	},
	{
		Stage: "running",
		Read:  []string{"engine/stages/running.go"},
		Show: []string{
			"bin/1brc --stage batches --stats .cache/rows.txt >.cache/out.txt",
			"bin/1brc --stage running --stats .cache/rows.txt >.cache/out.txt",
		},
		See: "Compare the peak memory, and the lines about the garbage collector: how many cycles there are, and how long its pauses.",
		Try: []string{
			"Run it with `GOGC=400` and `--stats`: what do a few MiB more buy?",
			"Sum the values themselves instead of their tenths, and compare the result with that of `naive` on many rows: why does the code round first?",
		},
		Exercise: "`strconv.ParseFloat` reads every number that exists. Here a number is one or two digits, a point and one digit, with or without `-`. " +
			"Read it into an integer, so that there is no float in the program. The result must have the same bytes.",
		Answer: "tenths",
	},
	{
		Stage: "tenths",
		Read:  []string{"engine/stages/tenths.go", "engine/stages/value.go"},
		Show: []string{
			"bin/1brc --stage tenths --cpuprofile .cache/tenths.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -cum -focus 'stages\\.' .cache/tenths.pprof",
		},
		See: "Compare `runTenths.func1`, which reads, with `runTenths`, which processes: the larger one decides how long the program takes.",
		Try: []string{
			"Run it with `--workers 1` and `--workers 8`: nothing changes. Why?",
			"Remove the call of `legalRow`. What does the program gain, and what does it do with `Oslo;1.25` now?",
		},
		Exercise: "A pipeline of two goroutines cannot use a third core. Let all cores process rows: which part of the work has to be done by one goroutine, " +
			"who finds the ends of rows, and where do the statistics of all workers meet?",
		Answer: "mapreduce",
	},
	{
		Stage: "mapreduce",
		Read:  []string{"engine/stages/mapreduce.go", "engine/stages/chunks.go"},
		Show: []string{
			"bin/1brc compare --stages tenths,mapreduce --runs 5 .cache/rows.txt",
		},
		See: "User and system time divided by the median time is the number of cores at work. With two workers, one reads and one processes rows.",
		Try: []string{
			"The producer mostly sleeps. Does one more worker than there are cores help? Try `--workers` with more and more.",
			"Set `chunkBytes` in `engine/stages/chunks.go` to 64 KiB: what becomes of the peak memory, and what of the time?",
		},
		Exercise: "Most of what a worker does for a row is to make a string and to look it up. Make no string and no other garbage for a row; a new name may cost what it likes.",
		Answer:   "bytes",
	},
	{
		Stage: "bytes",
		Read:  []string{"engine/stages/bytes.go", "engine/stages/value.go"},
		Show: []string{
			"bin/1brc --stage mapreduce --memprofile .cache/mapreduce.pprof .cache/rows.txt >.cache/out.txt",
			"bin/1brc --stage bytes --memprofile .cache/bytes.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -sample_index=alloc_objects -top .cache/mapreduce.pprof",
			"go tool pprof -sample_index=alloc_objects -top .cache/bytes.pprof",
		},
		See: "The tables have the number of objects that one run allocates: nearly one for each row, and then nearly none.",
		Try: []string{
			"Write `key := string(name)` and look it up with `s[key]`. `go build -gcflags=-m ./engine/stages` prints which strings the compiler now allocates.",
			"Look up each name twice. The difference in time is the price of one lookup.",
		},
		Exercise: "The producer takes the place of a worker, and mostly sleeps. Do without it: let each worker read its own parts of the file. " +
			"What becomes of a row that begins in one part and ends in the next one?",
		Answer: "mmap",
	},
	{
		Stage: "mmap",
		Read:  []string{"engine/stages/mmap.go", "engine/stages/windows.go"},
		Show: []string{
			"bin/1brc compare --stages bytes,mmap --runs 5 .cache/rows.txt",
		},
		See: "The user time is about the same; the median time is not. Divide one by the other to see how many cores work.",
		Try: []string{
			"Set `windowBytes` in `engine/stages/windows.go` to 64 MiB, so that the copy of a window no longer stays in the cache.",
			"Replace `mmap.Open` by `os.Open`: an `*os.File` has `ReadAt`, too. Is it the mapping that helps, or that there is no producer?",
		},
		Exercise: "Half of the profile is the built-in map. Write a hash table for this job: names are never deleted, there are at most some ten thousand of them, " +
			"and each has four numbers. How many cache lines does a row need to touch?",
		Answer: "openaddr",
	},
	{
		Stage: "openaddr",
		Read:  []string{"engine/stages/openaddr.go", "engine/stages/open_table.go"},
		Show: []string{
			"bin/gen --rows 1e7 --profile 10k -o .cache/10k.txt",
			"bin/1brc compare --stages mmap,openaddr --runs 5 .cache/rows.txt",
			"bin/1brc compare --stages mmap,openaddr --runs 5 .cache/10k.txt",
		},
		See: "Compare the ratio of the two stages with 413 names and with 10,000 names.",
		Try: []string{
			"Set `openLoad` and `openSlots` to 2, so that the table is dense, and measure `10k` again.",
			"Replace `wyhash.Hash` by a loop that multiplies and adds each byte. How much of the time was the hash?",
		},
		Exercise: "Each window is copied out of the mapping before its rows are read. The mapping is memory, too: read the rows where they are. What must the table do with a new name then?",
		Answer:   "zero-copy",
	},
	{
		Stage: "zero-copy",
		Read:  []string{"engine/stages/zero_copy.go", "engine/stages/mapped.go", "engine/stages/mapped_unix.go"},
		Show: []string{
			"bin/1brc --stage openaddr --cpuprofile .cache/openaddr.pprof .cache/rows.txt >.cache/out.txt",
			"bin/1brc --stage zero-copy --cpuprofile .cache/zero-copy.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -focus 'runtime\\.memmove' .cache/openaddr.pprof",
			"go tool pprof -top -focus 'runtime\\.memmove' .cache/zero-copy.pprof",
		},
		See: "The copy has a small share, which is all that can be gained. In the second profile it is gone.",
		Try: []string{
			"Set `windowBytes` in `engine/stages/windows.go` to 64 MiB and measure both stages again: which of them does the size of a window matter to?",
			"What happens if another program makes the file shorter meanwhile? Find the code that turns the fault into an error, and the test that makes one.",
		},
		Exercise: "Each row calls two searches that look at a few bytes, and a parser with branches on the form of the number. " +
			"Do both with arithmetic on words of eight bytes, without a branch that depends on the data. Does it still need to search for the end of the row?",
		Answer: "branchless",
	},
	{
		Stage: "branchless",
		Read:  []string{"engine/stages/branchless.go", "engine/stages/value.go"},
		Show: []string{
			"bin/1brc compare --stages zero-copy,branchless --runs 5 .cache/rows.txt",
			"bin/1brc --stage branchless --cpuprofile .cache/branchless.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -cum -focus 'stages\\.' .cache/branchless.pprof",
		},
		See: "The first command compares the times, and the last one shows which part of the loop is now the largest: `find`.",
		Try: []string{
			"Where the processor's counters can be read, count mispredictions: `perf stat -e branches,branch-misses bin/1brc --stage zero-copy .cache/rows.txt`, and the same with `branchless`.",
			"Check `parseWord` by hand: write down the word for `-1.2` and a line feed in hexadecimal, and follow it.",
			"Measure both stages on names of 17 bytes and more: `bin/gen --rows 1e7 --profile long-names -o .cache/long.txt`.",
		},
		Exercise: "The steps of a row wait for each other, and one misprediction discards what the processor has begun of the next row. " +
			"Do one step for many rows before the next step: three loops over a few KiB, with arrays between them. Which hash has no branch on the length of the name?",
		Answer: "tiles",
	},
	{
		Stage: "tiles",
		Read:  []string{"engine/stages/tiles.go", "engine/stages/tile_table.go"},
		Show: []string{
			"bin/1brc --stage tiles --cpuprofile .cache/tiles.pprof .cache/rows.txt >.cache/out.txt",
			"go tool pprof -top -focus 'stages\\.' .cache/tiles.pprof",
		},
		See: "There are the three passes `index`, `decode` and `accumulate`, and hardly anything else.",
		Try: []string{
			"Set `tileBytes` to 512 and to 1 MiB. With which of them does the result of a pass still fit into the L1 cache, and how much does that matter?",
			"Measure `tiles` against `branchless` on `.cache/10k.txt` (see `openaddr`), where some names have more than 16 bytes.",
			"`go build -gcflags=-d=ssa/check_bce ./engine/stages` prints which bounds are still checked, and where.",
		},
		Exercise: "Take the checks of bounds out of the three passes, and write down for each unsafe load who guarantees that its bytes can be read. " +
			"Then replace arithmetic by tables: what can be looked up by the mask of the LFs in a word, and by the form of a value?",
		Answer: "engine-generic",
	},
	{
		Stage: "engine-generic",
		Read: []string{
			"engine/internal/kernel/doc.go", "engine/internal/kernel/index_generic.go", "engine/internal/kernel/decode_generic.go",
			"engine/internal/kernel/accumulate_generic.go", "engine/README.md",
		},
		Show: []string{
			"bin/1brc compare --stages tiles,engine-generic --runs 5 .cache/rows.txt",
			"bin/1brc --kernel generic --stats .cache/rows.txt >.cache/out.txt",
		},
		See: "The last command prints what only the engine measures: phases, workers and the latency of chunks.",
		Try: []string{
			"Run it as `bin/1brc --kernel generic` with `--access map`, `--access read` and `--access copy`. Which one is the fastest here? `engine/README.md` says how `--access auto` chooses.",
			"`go build -gcflags=-S ./engine/internal/kernel` prints the instructions. How many does `indexGeneric` take for one word?",
		},
		Exercise: "In index and decode, no row waits for another. Write the passes for vectors of 32 bytes, in assembly: compare 32 bytes with LF at once, and read the values of 8 rows at once.",
		Answer:   "engine-avx2",
	},
	{
		Stage: "engine-avx2",
		Read: []string{
			"engine/internal/kernel/_asm/index256.go", "engine/internal/kernel/_asm/decode256.go",
			"engine/internal/kernel/_asm/accumulate.go", "engine/internal/kernel/decode_avx2_amd64.s",
		},
		Show: []string{
			"bin/gen --rows 1e8 -o .cache/large.txt",
			"bin/1brc compare --stages engine-generic,engine-avx2 .cache/large.txt",
			"bin/1brc --kernel avx2 --cpuprofile .cache/avx2.pprof .cache/large.txt >.cache/out.txt",
			"go tool pprof -top .cache/avx2.pprof",
		},
		See: "Little is left that is not one of the three passes. With fewer rows, the profile would have only a handful of samples, and the start of the process would count.",
		Try: []string{
			"Compare the two kernels on `.cache/rows.txt`, too, which has a tenth of the rows: why is the ratio not the same?",
			"Read `profiles/EXPERIMENTS.md` before you change a pass: it says what has been tried. `make generate` writes the assembly again.",
		},
		Exercise: "AVX-512 has vectors of 64 bytes, registers of masks, and an instruction that packs the selected bytes of a vector. Which steps of index does it make superfluous, and which lanes of a slot can accumulate update at once?",
		Answer:   "engine-avx512",
	},
	{
		Stage: "engine-avx512",
		Read: []string{
			"engine/internal/kernel/_asm/index512.go", "engine/internal/kernel/_asm/decode512.go", "engine/internal/kernel/_asm/accumulate.go",
		},
		Show: []string{
			"bin/gen --rows 1e8 -o .cache/large.txt",
			"bin/1brc compare --stages engine-avx2,engine-avx512 .cache/large.txt",
		},
		See: "If the interval of the ratio includes 1, no difference is shown.",
		Try: []string{
			"Compare the two kernels with `--workers 1` and with all cores: memory may be the limit before the passes are.",
		},
		Exercise: "No stage answers this one: find the next idea. `profiles/EXPERIMENTS.md` lists what did not pay, and what nobody has tried.",
	},
	{
		Stage: "engine-neon",
		Read: []string{
			"engine/internal/kernel/index_neon_arm64.s", "engine/internal/kernel/decode_neon_arm64.s", "engine/internal/kernel/accumulate_neon_arm64.s",
		},
		Show: []string{
			"bin/1brc compare --stages engine-generic,engine-neon .cache/rows.txt",
		},
		See: "The ratio tells whether it is faster at all: the kernel was written without a machine to time it on.",
		Try: []string{
			"Compare the instructions a row in `profiles/EXPERIMENTS.md` with the ratio that you measure.",
		},
		Exercise: "No stage answers this one: `profiles/EXPERIMENTS.md` lists what was not tried for this kernel, because an emulator cannot tell how long it takes.",
	},
}

// LessonOf returns the lesson of a stage. ok is false if there is none.
func LessonOf(stage string) (l Lesson, ok bool) {
	for _, l := range lessons {
		if l.Stage == stage {
			return l, true
		}
	}
	return Lesson{}, false
}
