# make run     builds both programs, generates 10 million rows and prints their result
# make test    runs every test
# make help    lists all targets

GO       ?= go
ROWS     ?= 1e7
DATA     ?= .cache/measurements-$(ROWS).txt
FUZZTIME ?= 10s

.PHONY: all build run test race purego onecpu emulate numa fuzz cover soak spark sparkhome sparkquick vet parquet man platforms generate bench profiles names clean help

all: build

build: ## build both programs into bin/
	CGO_ENABLED=0 $(GO) build -o bin/ ./cmd/1brc ./cmd/gen

run: build $(DATA) ## generate ROWS rows (1e7), print their result and what it took
	bin/1brc --stats $(DATA)

$(DATA): | build
	mkdir -p $(@D)
	bin/gen --rows $(ROWS) -o $@

# On a busy machine some packages take longer than the default of 10 minutes.
test: ## run every test, those of pages in a browser if there is one
	$(GO) test -timeout 30m ./...

# Packages fields and group start no goroutine; those of engine run their code.
race: ## run the tests of the libraries under the race detector
	$(GO) test -race -short -timeout 30m $$($(GO) list ./engine/... ./gen/... ./parse/... | grep -v '/internal/\(fields\|group\)$$')

# In GOFLAGS, the tag also reaches the programs that tests build.
purego: ## run the short tests without assembly
	GOFLAGS="$$($(GO) env GOFLAGS) -tags=purego" $(GO) test -short -timeout 30m ./...

# The first CPU that this process may use.
onecpu: CPU = $$(taskset -cp $$$$ | sed 's/.*: //; s/[^0-9].*//')
onecpu: ## run the short tests on one CPU
	GOMAXPROCS=1 taskset -c $(CPU) $(GO) test -short -count=1 -timeout 30m ./...

# The program shows which kernels run: one with an unknown kernel fails.
emulate: ## run each kernel and the tests of the inner packages for arm64 and s390x (big-endian) in qemu
	@mkdir -p .cache; set -e; for pair in arm64:aarch64 s390x:s390x; do \
		arch=$${pair%:*}; \
		kernels=generic; if [ $$arch = arm64 ]; then kernels=generic,neon; fi; \
		qemu=$$(command -v qemu-$${pair#*:}-static || command -v qemu-$${pair#*:}) || \
			{ echo "no qemu-$${pair#*:}-static (Debian: apt-get install qemu-user-static)"; exit 1; }; \
		CGO_ENABLED=0 GOARCH=$$arch $(GO) build -o .cache/1brc-$$arch ./cmd/1brc; \
		for kernel in $$(echo $$kernels | tr , ' '); do \
			result=$$(echo 'a;1.0' | $$qemu .cache/1brc-$$arch --kernel $$kernel -); \
			echo "$$arch, kernel $$kernel: $$result"; \
		done; \
		echo "test $$arch with kernels $$kernels"; \
		ONEBRC_REQUIRE=$$kernels CGO_ENABLED=0 GOARCH=$$arch $(GO) test -short -exec $$qemu \
			./parse/... ./engine/internal/kernel/... ./engine/internal/table/... ./engine/internal/fields/... ./engine/internal/group/...; \
	done

numa: ## boot a machine with three NUMA nodes in qemu and run the tests that need one
	$(GO) run ./cmd/dev/numatest

# At its deadline go test -fuzz may stop a worker in the middle of an input and then
# fails without a failing input (go.dev/issue/75804): such a target runs once more.
fuzz: ## run every fuzz target for FUZZTIME (10s)
	@mkdir -p .cache; set -e; packages=$$($(GO) list ./...); for package in $$packages; do \
		tests=$$($(GO) test -list '^Fuzz' $$package); \
		for target in $$(echo "$$tests" | grep '^Fuzz' || true); do \
			echo "fuzz $$package $$target"; \
			run() { { $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$package 2>&1 && echo passed; } | tee .cache/fuzz.txt; }; \
			run; \
			if grep -q '^    context deadline exceeded$$' .cache/fuzz.txt && ! grep -q 'Failing input' .cache/fuzz.txt; then run; fi; \
			test "$$(tail -n 1 .cache/fuzz.txt)" = passed; \
		done; \
	done

cover: ## run the short tests and write the coverage of each package into profiles/COVERAGE.md
	@mkdir -p .cache
	$(GO) test -short -coverpkg ./... -coverprofile .cache/cover.txt ./...
	$(GO) run ./cmd/dev/cover <.cache/cover.txt

soak: MINUTES = 30
soak: build ## compare random runs with an oracle for MINUTES (30); SEED=N repeats them, WRITE=1 keeps the counts
	$(GO) run ./cmd/dev/soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

# The Python package has all of Spark. The link is made last, so that there is none if
# the download fails.
PYSPARK = 4.1.4
SPARK   = .cache/spark-$(PYSPARK)
$(SPARK)/home:
	rm -rf $(SPARK)
	python3 -m venv $(SPARK)
	$(SPARK)/bin/pip install --quiet --no-deps pyspark==$(PYSPARK)
	ln -s "$$(cd $(SPARK)/lib/python3*/site-packages/pyspark && pwd)" $@

sparkhome: $(SPARK)/home ## install Spark (a download of 456 MB) into .cache

sparkquick: $(SPARK)/home ## test 1brc spark with Spark on this machine
	ONEBRC_SPARK_HOME=$(CURDIR)/$(SPARK)/home $(GO) test -count=1 -run '^TestSpark' ./cmd/1brc

spark: build $(SPARK)/home ## test and measure 1brc spark on a cluster of Spark (half an hour) into profiles/SPARK.md
	$(GO) run ./cmd/dev/spark --spark-home $(SPARK)/home

vet: ## run gofmt, go vet with and without assembly, and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags purego ./...
	cd engine/internal/kernel/_asm && $(GO) vet ./...
	cd engine/internal/fields/_asm && $(GO) vet ./...
	$(GO) tool staticcheck ./...

parquet: ## build bin/1brc with --format parquet, and test that
	CGO_ENABLED=0 $(GO) build -tags parquet -o bin/ ./cmd/1brc
	$(GO) vet -tags parquet ./cmd/1brc
	GOFLAGS="$$($(GO) env GOFLAGS) -tags=parquet" $(GO) test -run Parquet ./cmd/1brc

man: ## write a manual page of each command into bin/man
	@mkdir -p bin/man
	$(GO) test -count=1 -run '^TestManPages$$' ./cmd/1brc -man $(CURDIR)/bin/man

platforms: PLATFORMS = linux/amd64 linux/arm64 linux/386 linux/s390x darwin/arm64 windows/amd64 js/wasm wasip1/wasm plan9/amd64
platforms: ## vet the code and the tests, and build the programs, for each of PLATFORMS
	@set -e; for platform in $(PLATFORMS); do \
		echo "vet and build for $$platform"; \
		export CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/}; \
		$(GO) vet ./...; \
		$(GO) build -o /dev/null ./cmd/1brc ./cmd/gen; \
	done

generate: ## regenerate the assembly
	cd engine/internal/kernel/_asm && $(GO) generate .
	cd engine/internal/fields/_asm && $(GO) generate .

bench: BENCH = .cache/bench.txt
bench: ## run each stage six times on ROWS rows (about ten minutes) and print benchstat's tables
	@mkdir -p .cache
	$(GO) test -run '^$$' -bench BenchmarkStages -count 6 -timeout 0 ./engine/stages -rows $$(printf %.0f $(ROWS)) >$(BENCH) \
		|| { cat $(BENCH); exit 1; }
	$(GO) tool benchstat -table /profile -row /stage -col pkg $(BENCH)

profiles: ## profile each stage on ROWS rows, fast ones on ten times as many, into profiles/ and render the pages
	$(GO) build -trimpath -o bin/ ./cmd/1brc
	$(GO) run ./cmd/dev/profiles --rows $(ROWS)

names: ## measure time and memory by the number of names (hours) into profiles/NAMES.md; NAMES has flags
	$(GO) build -trimpath -buildvcs=auto -o bin/ ./cmd/1brc ./cmd/gen
	$(GO) run ./cmd/dev/names $(NAMES)

clean: ## remove what make builds and generates
	rm -rf bin .cache

help: ## list all targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12
