# CI and people call the same targets; .ci/run is the order that CI takes.
.PHONY: bench build test lint generate check e2e full fuzz openapi clean payloads runner tools

GO      ?= go
TOOLS   := $(CURDIR)/.tools
FUZZTIME ?= 20s
# How a release builds the runner, from the files that stand in every platform: the same bytes anywhere with the same Go.
RUNNER  := -trimpath -buildvcs=false -tags=nethttpomithttp2 -ldflags='-s -w -buildid='
PROGRAM := generated/task-assistant/platform/runner

build: ## the tasc command, into dist/
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' -o dist/tasc ./cmd/tasc

runner: ## the runner as a release has it, into dist/, with the digests that the tasc.lock of a platform which downloads it holds
	@for arch in amd64 arm64; do CGO_ENABLED=0 GOTOOLCHAIN=$$($(GO) env GOVERSION) GOOS=linux GOARCH=$$arch $(GO) build -C $(PROGRAM) $(RUNNER) -o $(CURDIR)/dist/task-assistant-runner-linux-$$arch ./task-assistant-runner || exit 1; done
	@cd dist && sha256sum task-assistant-runner-linux-amd64 task-assistant-runner-linux-arm64 | tee task-assistant-runner.sha256

generate: ## write generated/ from engines/
	$(GO) run ./cmd/tasc generate

check: ## generated/ is what engines/ says, and stock cue agrees with the specs
	$(GO) run ./cmd/tasc fmt --check
	$(GO) run ./cmd/tasc check
	$(GO) run ./cmd/tasc audit .github generated
	$(MAKE) --no-print-directory tools
	CUE_REGISTRY=none $(TOOLS)/cue vet -c ./engines

test: tools ## every test of every module, the end-to-end runs among them
	$(GO) -C engines test ./...
	$(GO) -C internal/openapi test ./...
	$(GO) test -timeout=40m ./...

e2e: ## only the runs on a real workflow executor
	$(GO) test -count=1 -v -timeout=40m -run '^Test' ./internal/e2e

lint: tools ## format, vet, staticcheck, tidy modules, own workflows
	@files=$$(git ls-files '*.go' ':!engines/vendor' ':!generated'); test -z "$$(gofmt -s -l $$files)" || { gofmt -s -d $$files; exit 1; }
	$(GO) vet ./...
	$(GO) -C engines vet ./...
	$(GO) -C internal/openapi vet ./...
	$(TOOLS)/staticcheck ./...
	cd internal/openapi && $(TOOLS)/staticcheck ./...
	$(GO) mod tidy -diff
	$(GO) -C engines mod tidy -diff
	$(GO) -C internal/openapi mod tidy -diff
	$(TOOLS)/actionlint

full: lint check test fuzz ## all of it, property tests with a new seed, and the fuzz targets for a while; ZIZMOR=DIR and HAZMAT=DIR compare audit with zizmor, too
	TASC_SEED=random $(GO) test -count=5 -run 'Random|Mutations|ReadsWhatPrintWrites|Agree' ./internal/load ./internal/render ./internal/expr ./internal/audit
	$(GO) run ./internal/audit/compare $(if $(ZIZMOR),-zizmor $(ZIZMOR)) $(if $(HAZMAT),-hazmat $(HAZMAT))
	TASC_MUTANTS=10000 $(GO) test -count=1 -run '^TestMutants$$' ./internal/verify
	TASC_BUILD=cold $(GO) test -count=1 -timeout=30m -run Reproducibly ./internal/runner
	TASC_FAULTS=full $(GO) test -count=1 -v -timeout=120m -run '^TestFault_' ./internal/runner/task-assistant-runner
	TASC_SWEEP=10000 TASC_PUSHES=200 TASC_WAITING=1000 $(GO) test -count=1 -v -timeout=30m -run 'Many|TwoAtOnceWhile' ./internal/runner/task-assistant-runner
	TASC_LOAD=10,50,200,1000 $(GO) test -count=1 -v -timeout=60m -run '^TestLoad_' ./internal/runner/task-assistant-runner

bench: build tools ## figures and budgets, beside stock cue; BENCH='-runs 9 -engines 6,1000' for others
	CGO_ENABLED=0 GOTOOLCHAIN=$$($(GO) env GOVERSION) $(GO) build -C $(PROGRAM) $(RUNNER) -o $(CURDIR)/dist/task-assistant-runner ./task-assistant-runner
	$(GO) test -count=1 -v -run '^TestRequests_' ./internal/runner/task-assistant-runner | grep '|'
	$(GO) run ./internal/bench -tasc dist/tasc -runner dist/task-assistant-runner -cue $(TOOLS)/cue -actionlint $(TOOLS)/actionlint $(BENCH)

fuzz:
	@for target in $$(grep -rlE '^func Fuzz' --include='*_test.go' internal | xargs -n1 dirname | sort -u); do \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z]+' $$target/*_test.go | cut -d' ' -f2); do \
	    echo "$$target $$name"; $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s ./$$target || exit 1; \
	  done; \
	done

payloads: internal/webhooks/node_modules/.package-lock.json ## the webhook payloads that tests read, from the package that internal/webhooks pins
	node internal/webhooks/reduce.mjs
# The package is 385 MB unpacked: only the one file is taken out of it, and nothing but its part is kept.
OPENAPI := internal/openapi/description/api.github.com.json
openapi: ## GitHub's description of the operations we use, anew from the package that internal/openapi/description/README.md names
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && cd internal/openapi && \
	version=$$(sed -n 's/.*`@octokit\/openapi` \([0-9.]*\),.*/\1/p' description/README.md) && \
	digest=$$(sed -n 's/^| sha256 .*`\([0-9a-f]*\)`.*/\1/p' description/README.md) && \
	npm pack --silent --pack-destination "$$dir" "@octokit/openapi@$$version" && \
	tar -xzf "$$dir"/*.tgz -C "$$dir" package/generated/api.github.com.json && \
	echo "$$digest  $$dir/package/generated/api.github.com.json" | sha256sum --check --quiet && \
	$(GO) run ./subset < "$$dir/package/generated/api.github.com.json" > "$$dir/part" && cp "$$dir/part" description/api.github.com.json
	git diff --exit-code -- $(OPENAPI)

tools: $(TOOLS)/.stamp internal/actlint/parser/node_modules/.package-lock.json internal/ajv/node_modules/.package-lock.json

# The tools are pinned in a module of their own, so that the product's go.mod names the product's dependencies alone.
$(TOOLS)/.stamp: internal/tools/go.mod internal/tools/go.sum
	mkdir -p $(TOOLS)
	cd internal/tools && $(GO) build -o $(TOOLS)/ cuelang.org/go/cmd/cue honnef.co/go/tools/cmd/staticcheck github.com/rhysd/actionlint/cmd/actionlint
	touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund
	touch $@

clean:
	rm -rf dist .tools internal/actlint/parser/node_modules internal/ajv/node_modules internal/webhooks/node_modules
