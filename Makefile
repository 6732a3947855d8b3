# The main commands are `make demo` and `make test`. Both install what they need, and can be repeated and interrupted.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo load demo-stop demo-delete test unit integration integration-oldest chart e2e any-cluster podman nodes neighbors scheduled versions check format build clean

NODE := node_modules/.bin/node
NPM_READY := node_modules/.ready

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(NPM_READY) ## Install the chart, apply a converter, call it: on a local cluster, or yours (ARGS=--help for more)
	@$(NODE) scripts/demo/main.ts $(ARGS)

load: $(NPM_READY) ## Load a converter of the cluster in KUBECONFIG and draw how it scales (ARGS=--help for more)
	$(NODE) scripts/load.ts $(ARGS)

demo-stop: $(NPM_READY) ## Stop the demo's cluster; `make demo` starts it again with its data
	$(NODE) local-cluster/main.ts stop --name demo

demo-delete: $(NPM_READY) ## Delete the demo's cluster, or what the demo created in yours (ARGS='--context NAME')
	@$(NODE) scripts/demo/main.ts --delete $(ARGS)

test: $(NPM_READY) ## Run every check and the tests, without those that run on a schedule
	$(NODE) scripts/test.ts $(ARGS)

unit integration integration-oldest chart e2e any-cluster podman nodes neighbors: $(NPM_READY) ## Run one kind of test
	$(NODE) scripts/test.ts $@ $(ARGS)

scheduled: $(NPM_READY) ## Run the tests on a cluster that take too long for each change, all of them in one run
	$(NODE) scripts/test.ts podman nodes neighbors $(ARGS)

versions: $(NPM_READY) ## Run the integration tests on every supported version of Kubernetes (ARGS="1.30 1.31" for some)
	$(NODE) scripts/versions.ts $(ARGS)

check: $(NPM_READY) ## Check format, lint and types
	$(NODE) scripts/test.ts format lint types

format: $(NPM_READY) ## Format the sources
	npm run --silent format

build: $(NPM_READY) ## Bundle dist/service.js and dist/operator.js
	npm run --silent build

clean: ## Remove everything that was built and installed in this directory
	rm -rf dist node_modules test-reports

# `npm ci` first removes node_modules with the marker file, so an interrupted installation is repeated.
$(NPM_READY): package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer (https://nodejs.org)'; exit 1; }
	@echo 'Installing the npm packages of package-lock.json'
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
