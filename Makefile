# fedpurel: every target installs what it needs. Needed beforehand: Go, a C compiler, and npm or pip.

GO ?= go
SHELL = /bin/bash
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help
.PHONY: help demo test deps report-test federation flower-test build lint race bench scale benchmarks clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: deps build ## the whole way on sample pictures: embeddings, FedAvg and FedPuReL, a report (under 3 minutes)
	bin/fedpurel demo --out demo

test: deps ## all tests
	$(GO) test ./...
	FEDPUREL_KERNELS=avx2 $(GO) test -count=1 ./train/... ./fed/...
	FEDPUREL_KERNELS=plain $(GO) test -count=1 ./train/... ./fed/...

deps: ## fetch ONNX Runtime into .ort, checked by hash
	@$(GO) run ./cmd/fedpurel runtime install --dir .ort

report-test: ## reports in a headless Chromium: layout, keyboard, axe-core, print (left out where there is no browser)
	@if ! chrome=$$(tools/browser/browser.sh); then echo "report-test: left out"; exit; fi; \
	if command -v npm >/dev/null; then npm --prefix tools/browser ci --ignore-scripts --no-audit --no-fund >/dev/null; \
	else echo "report-test: no npm here, so axe-core is not asked"; fi; \
	CHROME=$$chrome REPORT=$(abspath $(REPORT)) $(GO) -C tools/browser test -count=1 .

federation: deps build ## a federation over Flower on this machine, beside its simulation: FLOWER=venv/bin (3 minutes)
	@test -n "$(FLOWER)" || { echo "name Flower's programs: make federation FLOWER=venv/bin, after pip install -r tools/flower/requirements.txt"; exit 2; }
	rm -rf bench/federation
	bin/fedpurel sample --out bench/federation/pictures --train 30 --test 20
	bin/fedpurel featurize --data bench/federation/pictures --model tiny --out bench/federation/cache
	bin/fedpurel federate --cache bench/federation/cache --sites 3 --beta 0.5 --rounds 5 --flower $(FLOWER) --out bench/federation/run

flower-test: ## federations over Flower itself, which is put into .cache (300 MB; left out where it does not run)
	@if bin=$$(tools/flower/install.sh .cache/flower); then $(MAKE) federation FLOWER=$$bin && \
	FEDPUREL_FLOWER=$(abspath .cache/flower) $(GO) test -count=1 ./tools/flower ./fed/wire/fleet; \
	else echo "flower-test: left out"; fi

build: ## bin/fedpurel
	$(GO) build -o bin/fedpurel ./cmd/fedpurel

lint: ## formatting, vet, staticcheck, layers
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "run gofmt on: $$unformatted"; exit 1; }
	$(GO) vet ./...
	CGO_ENABLED=0 $(GO) vet ./cmd/... ./models/...
	$(GO) run $(STATICCHECK) ./...
	$(GO) -C tools/kernels vet .
	$(GO) -C tools/browser vet .
	$(GO) -C tools/examples vet ./...
	@generated=$$(mktemp -d) && trap 'rm -rf '$$generated EXIT && $(GO) -C tools/kernels run . -pkg f32 -out $$generated/kernels_amd64.s -stubs $$generated/kernels_amd64.go && \
	for f in kernels_amd64.s kernels_amd64.go; do tail -n +2 $$generated/$$f | cmp -s - <(tail -n +2 train/f32/$$f) || { echo "train/f32/$$f is not what tools/kernels writes: go generate ./train/f32"; exit 1; }; done
	GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./train/... ./fed/... ./cmd/...
	$(GO) test -count=1 ./tools/lint

race: deps ## the race detector on everything that starts goroutines
	$(GO) test -race ./fed/... ./featurize/... ./models/onnx

bench: ## against PyTorch, Pillow and onnxruntime, and against what bounds us: bench/bench.md, bench/featurize.md, bench/inside.md (40 minutes)
	$(GO) run ./tools/bench -out bench
	$(GO) run ./tools/bench -featurize -out bench
	$(GO) run ./tools/bench -inside -out bench

scale: deps ## training on 1.3 million rows and on 10,000 clients, a million images: bench/scale.md, bench/images.md (20 minutes, 60 GB of disk)
	$(GO) run ./tools/bench -scale -out bench
	$(GO) run ./tools/bench -images -out bench

benchmarks: ## Go benchmarks of the inner loops, for benchstat
	$(GO) test -run '^$$' -bench . -count 6 ./train/... ./featurize/pixel ./fed/...

clean: ## remove what was built, fetched and made by the demo
	rm -rf bin .ort demo bench
