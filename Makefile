# Varlake. `make help` lists every target.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

GO     ?= go
TOOL   := $(GO) tool -modfile=tools/go.mod
VENV   ?= .venv
PYTHON := $(VENV)/bin/python
ENGINES := compat/engines/.venv/bin/python
NODE   := compat/node/node_modules/.package-lock.json
FUZZTIME ?= 3s
KILLS  ?= 300
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

help: ## list every target
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

build: ## build bin/varlake (installs libstdc++ when the machine lacks it)
	@./scripts/builddeps.sh
	@mkdir -p bin
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/varlake ./cmd/varlake

build-crash: build ## build bin/varlake-crash, which tests end at named points
	$(GO) build -tags crash -ldflags '$(LDFLAGS)' -o bin/varlake-crash ./cmd/varlake

quickstart: build ## build, serve, import a VCF through the AWS API and query it (VCF=... REF=... for your own)
	@VCF='$(VCF)' REF='$(REF)' ./scripts/quickstart.sh

# The clients wait for servers and disks much of their time: that is when the rest works, which gives way to them.
test: deps build-crash $(PYTHON) $(NODE) ## everything CI runs: the clients, and beside them the rest
	$(MAKE) -j2 --output-sync=line test-compat test-rest REST='nice -n 5'
	@echo 'make test: all suites passed'

test-all: test ## `make test`, the race detector on all, every client, long fuzzing, engines, 300 kills (hours; Java)
	$(MAKE) test-race
	$(MAKE) test-matrix
	$(MAKE) fuzz FUZZTIME=2m
	$(MAKE) test-engines
	$(MAKE) killloop
	@echo 'make test-all: all suites passed'

test-rest: ## what `make test` runs beside the clients: lint, Go tests (the fuzz targets' seeds are among them)
	$(REST) $(MAKE) lint
	$(REST) $(MAKE) test-go

killloop: build $(PYTHON) ## kills servers and commands at random, moves the folder, counts every row (KILLS=300)
	$(PYTHON) compat/lib/killloop.py --kills $(KILLS)

deps: ## install the Debian packages that the tests use as oracles (bcftools, samtools, tabix)
	@./scripts/builddeps.sh
	@./scripts/deps.sh

lint: ## gofmt, go vet, staticcheck, columns of code, documents (a sentence a line, links), govulncheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(GO) run ./scripts/columns $$(git ls-files '*.go' '*.py' '*.sh' '*.mjs' Makefile .ci/run)
	$(GO) run ./scripts/docs
	@./scripts/vulncheck.sh

# Under the detector are the tests of packages with concurrency, but the one that measures memory and those that ask
# thousands of statements one after the other; and in cmd/varlake, where every test starts servers, those in files with
# concurrency of their own. `make test-race` has all of them.
PLAIN := TestHostileSizes|TestGolden|TestGenerated
test-go: export VARLAKE_PYTHON = $(abspath $(PYTHON))
test-go: $(PYTHON) deps ## Go tests, those of packages with concurrency under the race detector
	packages=$$(./scripts/concurrent.sh | grep -v '/cmd/varlake$$'); \
	$(GO) test -race -timeout 30m -skip '^($(PLAIN))$$' $$packages
	tests=$$(./scripts/concurrent.sh --tests cmd/varlake); \
	$(GO) test -race -timeout 30m -run "$$tests" ./cmd/varlake; \
	$(GO) test -timeout 30m -skip "$$tests" ./cmd/varlake
	packages=$$(./scripts/concurrent.sh --others); $(GO) test -timeout 30m $$packages
	$(GO) test -timeout 30m -run '^($(PLAIN))$$' ./internal/act/ingest ./internal/sql/query
	$(GO) test -tags crash ./internal/state/crash

test-race: export VARLAKE_PYTHON = $(abspath $(PYTHON))
test-race: $(PYTHON) deps ## all Go tests under the race detector
	$(GO) test -race -timeout 60m ./...

fuzz: ## a run of every fuzz target (FUZZTIME=3s each)
	@FUZZTIME=$(FUZZTIME) ./scripts/fuzz.sh

test-compat: build-crash $(PYTHON) $(NODE) deps ## real clients (boto3, AWS CLI, SDKs, PyIceberg) on a real server
	cd compat && $(abspath $(PYTHON)) -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

test-matrix: build-crash $(PYTHON) $(NODE) deps ## the scenarios of `make test` with the clients left out there
	cd compat && $(abspath $(PYTHON)) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m matrix

test-engines: build $(ENGINES) $(PYTHON) ## Spark and Trino read all tables; Trino answers as recorded (Java, Maven)
	$(ENGINES) compat/engines/engines.py bin/varlake
	$(PYTHON) compat/engines/record.py --check
	$(PYTHON) compat/engines/agree.py --count 200

bench: build deps ## Varlake against bcftools on the same files; rewrites docs/benchmarks.md's tables (BENCH='--help')
	@python3 bench/run.py --varlake bin/varlake --docs docs/benchmarks.md $(BENCH)

bench-latency: build deps ## how far one client stops the others; rewrites docs/latency.md's table (BENCH='--help')
	@python3 bench/latency.py --varlake bin/varlake --docs docs/latency.md $(BENCH)

bench-statements: build deps ## statements' cost beside reading; rewrites docs/design/performance.md's table
	@python3 bench/statements.py --varlake bin/varlake --docs docs/design/performance.md $(BENCH)

bench-peers: build deps ## Varlake beside other tools, put into bench/.venv (some need Java); rewrites their tables
	@python3 bench/peers.py --varlake bin/varlake --docs docs/benchmarks.md $(BENCH)

clean: ## remove what the build made
	rm -rf bin $(VENV) bench/.venv compat/engines/.venv compat/engines/.trino compat/node/node_modules

$(PYTHON): compat/requirements.txt
$(ENGINES): compat/engines/requirements.txt
$(PYTHON) $(ENGINES):
	python3 -m venv $(@D:/bin=)
	$@ -m pip install -q --disable-pip-version-check -r $<
	@touch $@

$(NODE): compat/node/package.json compat/node/package-lock.json | deps
	cd compat/node && npm ci --silent --no-audit --no-fund
	@touch $(NODE)

.PHONY: help build build-crash quickstart test test-rest test-all killloop deps lint test-go test-race fuzz test-compat
.PHONY: test-matrix test-engines bench bench-latency bench-statements bench-peers clean
