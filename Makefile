# fedpurel: every target installs what it needs. Needed beforehand: Go, a C compiler, npm.

GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help
.PHONY: help demo test deps build lint race bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: deps build ## the whole way on sample pictures: embeddings, FedAvg and FedPuReL, a report (under 3 minutes)
	bin/fedpurel demo --out demo

test: deps ## all tests
	$(GO) test ./...

deps: ## fetch ONNX Runtime into .ort, checked by hash
	@$(GO) run ./tools/ort -dir .ort

build: ## bin/fedpurel
	$(GO) build -o bin/fedpurel ./cmd/fedpurel

lint: ## formatting, vet, staticcheck, layers
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "run gofmt on: $$unformatted"; exit 1; }
	$(GO) vet ./...
	CGO_ENABLED=0 $(GO) vet ./cmd/... ./models/...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test -count=1 ./tools/lint

race: deps ## the race detector on everything that starts goroutines
	$(GO) test -race ./fed/... ./featurize/... ./models/onnx

bench: ## benchmarks of the inner loops
	$(GO) test -run '^$$' -bench . ./train/... ./featurize/pixel ./fed/...

clean: ## remove what was built, fetched and made by the demo
	rm -rf bin .ort demo
