# make run     builds both programs, generates 10 million rows and prints their result
# make test    runs every test
# make help    lists the rest

GO      ?= go
ROWS    ?= 1e7
DATA    ?= .cache/measurements-$(ROWS).txt
FUZZTIME ?= 10s

.PHONY: all build run test race numa fuzz cover soak vet generate bench profiles clean help

all: build

build: ## build both programs into bin/
	CGO_ENABLED=0 $(GO) build -o bin/ ./cmd/1brc ./cmd/gen

run: build $(DATA) ## generate ROWS rows (1e7) and print their result with what it took
	bin/1brc --stats $(DATA)

$(DATA): | build
	mkdir -p $(@D)
	bin/gen --rows $(ROWS) -o $@

test: ## run every test
	$(GO) test ./...

race: ## run the tests that use workers under the race detector
	$(GO) test -race -short ./engine/... ./gen/... ./parse/...

numa: ## boot a machine with three NUMA nodes in qemu and run the tests that need one
	$(GO) run ./cmd/dev/numatest

fuzz: ## run every fuzz target for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "fuzz $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$package; \
		done; \
	done

cover: ## run the short tests and write the coverage of each package into README.md
	@mkdir -p .cache
	$(GO) test -short -coverpkg ./... -coverprofile .cache/cover.txt ./...
	$(GO) run ./cmd/dev/cover <.cache/cover.txt

soak: MINUTES = 30
soak: build ## try random data, ways to run and faults for MINUTES (30); SEED=N, and WRITE=1 to keep the table
	$(GO) run ./cmd/dev/soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(WRITE),--write)

vet: ## gofmt, vet for each platform and variant, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	GOARCH=amd64 $(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...
	GOARCH=amd64 $(GO) vet -tags purego ./...
	GOARCH=arm64 $(GO) vet -tags purego ./...
	GOOS=darwin $(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	$(GO) tool staticcheck ./...

generate: ## write the assembly anew
	cd engine/internal/kernel/_asm && $(GO) generate .

bench: BENCH = .cache/bench.txt
bench: ## run each stage six times on ROWS rows (about ten minutes) and print benchstat's tables
	@mkdir -p .cache
	$(GO) test -run '^$$' -bench BenchmarkStages -count 6 -timeout 0 ./engine/stages -rows $$(printf %.0f $(ROWS)) >$(BENCH) \
		|| { cat $(BENCH); exit 1; }
	$(GO) tool benchstat -table /profile -row /stage -col pkg $(BENCH)

profiles: ## profile each stage on ROWS rows into profiles/, and write what is generated from it
	$(GO) build -trimpath -o bin/ ./cmd/1brc
	$(GO) run ./cmd/dev/profiles --rows $(ROWS)

clean: ## remove what make builds and generates
	rm -rf bin .cache

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10
