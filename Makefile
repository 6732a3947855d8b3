# The two commands are `make demo` and `make test`; both install what they need and can be repeated and interrupted.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo load demo-stop demo-delete test unit integration chart e2e check format build clean

NODE := node_modules/.bin/node
NPM_READY := node_modules/.ready

help: ## Say what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(NPM_READY) ## Bring up a local cluster, install the chart, apply a converter, call it (ARGS=--help for more)
	$(NODE) scripts/demo.ts $(ARGS)

load: $(NPM_READY) ## Load the demo's converter for three minutes and show its autoscaler (with KUBECONFIG set)
	$(NODE) scripts/load.ts $(ARGS)

demo-stop: $(NPM_READY) ## Stop the demo's cluster; `make demo` goes on with it
	$(NODE) local-cluster/main.ts stop --name demo

demo-delete: $(NPM_READY) ## Delete the demo's cluster and everything it left on this machine
	$(NODE) local-cluster/main.ts delete --name demo

test: $(NPM_READY) ## Run every check and every test, the end-to-end ones on a cluster of their own
	$(NODE) scripts/test.ts $(ARGS)

unit integration chart e2e: $(NPM_READY) ## Run the tests of one kind
	$(NODE) scripts/test.ts $@ $(ARGS)

check: $(NPM_READY) ## Check format, lint and types
	$(NODE) scripts/test.ts format lint types

format: $(NPM_READY) ## Format the sources
	npm run --silent format

build: $(NPM_READY) ## Bundle dist/service.js and dist/operator.js
	npm run --silent build

clean: ## Remove what was built and installed in this directory
	rm -rf dist node_modules test-reports

# `npm ci` begins by removing node_modules, and the mark with it: an interrupted installation is done again.
$(NPM_READY): package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer (https://nodejs.org)'; exit 1; }
	@echo 'Installing the npm packages of package-lock.json'
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
