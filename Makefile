# Two commands do everything: `make demo` and `make test`. Both install what is missing first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Release only: numbers and speed are what users get, and one configuration is built once.
BUILD := swift build -c release
OUT := Reports/out

.PHONY: help deps venv build demo test test-slurm lint format example bench bench-calibrators processors clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## Install the libraries that the build needs (apt), or print the command that does
	@Scripts/install-dependencies.sh

build: deps ## Build the program: .build/release/qtool
	$(BUILD) --product qtool

demo: build ## Calibrate the bundled network on the bundled images; prints where the results are
	@mkdir -p $(OUT)
	.build/release/qtool calibrate --recipe Calibration/fashion_resnet.yaml \
	  --output $(OUT)/fashion_resnet.cache --report $(OUT)/fashion_resnet.html --evidence full

venv: ## Set up the Python oracles and the public networks that the tests compare with: .venv
	@Scripts/make-venv.sh
	@Scripts/fetch-test-networks.sh

test: deps venv lint ## Run every test
	QTOOL_PYTHON=$(CURDIR)/.venv/bin/python swift test -c release --disable-testable-imports
	@echo "the ONNX project's own tests, and how many of them pass:" && cat Tests/ConformanceTests/counts.md

test-slurm: build ## Run a calibration as a Slurm job array on this host (needs root)
	@Scripts/slurm/test.sh

lint: ## Check the formatting
	@swift format lint --strict --parallel --recursive Sources Tests Package.swift

format: ## Format the sources
	@swift format --in-place --parallel --recursive Sources Tests Package.swift

example: deps ## Build the program that uses qtool as a library, and run it on the bundled network
	@mkdir -p $(OUT)
	swift run -c release --package-path Tests/ExamplePackage EngineBuilder $(CURDIR)/Calibration/fashion_resnet.yaml \
	  $(CURDIR)/$(OUT) $(CURDIR)/Datasets/fashion/fashion_resnet.onnx

bench: build venv ## Time calibrate and the forward pass beside onnxruntime's
	@Tests/Benchmarks/run.sh

bench-calibrators: build venv ## Time whole calibrations beside those of onnxruntime's calibrators
	@Tests/Benchmarks/run.sh calibrators.py

processors: build ## Calibrate on emulated older processors (qemu-user) and compare the bytes
	@Tests/Processors/run.sh

clean: ## Remove what was built and generated
	rm -rf .build .venv $(OUT)
