# `make` lists the targets; `make check` is what CI runs.
.DEFAULT_GOAL := help
.PHONY: help check test race lint fmt ui stale examples deploy fuzz bench build

TOOL = go tool -modfile=tools/go.mod

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: fmt lint stale test race examples deploy ## All that CI checks

fmt: ## Fail on files that gofmt would change
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not gofmt-ed:"; echo "$$out"; exit 1; }

lint: ## go vet and golangci-lint
	go vet ./...
	$(TOOL) golangci-lint run

test: ## The whole suite, as in the README
	go test -timeout 20m ./...

# The race detector runs where goroutines meet. It makes all many times slower:
# -short leaves out repetitions of the same.
race: ## The suite of the root, web and the embedded engine with -race
	go test -race -short -timeout 30m . ./web ./duckdb

# A page's style is ui/NAME/NAME.css and its script ui/NAME/NAME.ts; the
# templates link their copies in ui/dist. ui/shared/shell.ts is every page's.
# Charts are bundled with modules of D3, which `npm ci --prefix ui` fetches:
# building and running the server needs none of it.
PAGES = $(filter-out dist shared tracker node_modules,$(patsubst ui/%/,%,$(wildcard ui/*/)))

ui: ## Build ui/dist from the sources in ui
	$(TOOL) esbuild $(filter-out ui/dist/%,$(wildcard ui/*/*.css)) ui/shared/icon.svg ui/shared/world.svg --loader:.svg=copy \
	  '--entry-names=[name]' --minify --outdir=ui/dist --log-level=warning
	$(TOOL) esbuild ui/shared/shell.ts $(wildcard $(foreach p,$(PAGES),ui/$(p)/$(p).ts)) --bundle --minify --format=iife \
	  --target=es2022 '--entry-names=[name]' --tsconfig-raw={} --outdir=ui/dist --log-level=warning
	$(TOOL) esbuild $(addprefix ui/tracker/src/,tracker.ts tracker-vitals.ts tracker-errors.ts) --bundle --minify --format=iife \
	  --target=es2020 --legal-comments=none --tsconfig-raw={} --outdir=ui/dist --log-level=warning

stale: ui ## Fail when ui/dist is not what `make ui` builds
	@git diff --exit-code --stat -- ui/dist && test -z "$$(git status --porcelain -- ui/dist)"

examples: ## Build and test the example that is a module of its own
	cd examples/frameworks && go vet ./... && go test ./...

# A module of its own: what reads these files is large.
deploy: ## Read what is in deploy as those do that it is for
	cd deploy/check && go vet ./... && go test ./...

FUZZTIME ?= 10s
fuzz: ## Run every fuzz target for FUZZTIME
	@for p in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
	  done; \
	done

bench: ## The table of ratios in docs/performance.md; takes minutes
	go run ./bench

build: ## The binary, ./behavior
	go build -o behavior ./cmd/behavior
