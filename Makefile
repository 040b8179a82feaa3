# The one door for people and for CI: every target installs what it lacks, says what it does, and leaves nothing behind.
# Recipes stay one line each; what needs thought lives in scripts/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build demo evening test test-kernels test-systemd test-hosts check lint bench bench-datapath fuzz evidence soak transfer clean deps packages man deb test-packages

# Root where the kernel wants it, the invoking user everywhere else: see the two scripts.
AS_ROOT := scripts/as-root.sh
AS_USER := scripts/as-user.sh
NODE := $(AS_USER) node
BIN := node_modules/.bin
MODULES := node_modules/.package-lock.json

# Series of Debian's cloud kernels: the oldest that is supported (src/datapath/kernel/oldest.ts), and one with TCX.
KERNELS ?= 6.1 6.12
LIMIT ?= 3600

BPF := build/bpf/trueingress.bpf.o build/bpf/broken.bpf.o build/bpf/upgrade.bpf.o build/bpf/layout2.bpf.o
TOOLS := $(patsubst test/support/tools/%.c,build/tools/%,$(wildcard test/support/tools/*.c))
BPF_SOURCES := $(wildcard bpf/*.c bpf/include/*.h test/kernel/bpf/*.c) scripts/build-bpf.sh
SOURCES := $(shell find src schemas -type f 2>/dev/null) package.json

help: ## this list
	@printf 'trueingress: make TARGET\n\n'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'
	@printf '\nVariables: IFACE= interface for check, ONLY= words of names (test, test-kernels, evidence), JSON=1 for both benches.\n'

build: dist/trueingress.cjs ## the command and its BPF objects, in dist/

demo: build $(TOOLS) ## a web page through the tunnel, step by step, between network namespaces
	@$(AS_ROOT) node scripts/run.mjs test/lab/demo.ts

evening: build $(TOOLS) ## a network operator's evening on a live gateway: plan, mistake, confirm, way back, trace, history
	@$(AS_ROOT) node scripts/run.mjs test/lab/evening.ts

test: build $(TOOLS) ## every test: unit, cases, property, kernel, lab
	@echo '> running unit, property, kernel and lab tests: packets and traffic between namespaces take most of the time'
	@$(AS_ROOT) $(BIN)/vitest run $(if $(ONLY),-t '$(ONLY)')

test-kernels: build $(TOOLS) ## the kernel and lab tests on other kernels, emulated; KERNELS='6.1 6.12' FILES= LIMIT=seconds
	@scripts/install-deps.sh kernels
	@KERNELS='$(KERNELS)' ONLY='$(ONLY)' FILES='$(FILES)' LIMIT='$(LIMIT)' $(NODE) scripts/run.mjs test/kernels/main.ts

test-systemd: build $(TOOLS) ## the units under real systemd, in namespaces of its own, under traffic; two minutes at most a version
	@echo "> fetching a systemd that knows Type=notify-reload: $$($(AS_USER) scripts/systemd/fetch.sh)"
	@REQUIRE_KERNEL=1 $(AS_ROOT) env TEST_SYSTEMD=1 timeout 600 $(BIN)/vitest run --project systemd

man: build ## the manual and the completions of shells, in build/share
	@$(NODE) scripts/run.mjs scripts/packages/manual.ts build/share

deb: build ## a package for Debian 13 and later: build/trueingress_VERSION_ARCHITECTURE.deb
	@$(AS_USER) scripts/packages/deb.sh

test-packages: deb ## the packages as users install them: npm -g, and the .deb in a clean Debian 13, with real programs; five minutes
	@scripts/install-deps.sh packages
	@echo "> a clean Debian 13: $$($(AS_ROOT) scripts/packages/root.sh)"
	@REQUIRE_KERNEL=1 $(AS_ROOT) env TEST_PACKAGES=1 timeout 900 $(BIN)/vitest run --project packages

test-hosts: deb $(TOOLS) ## two Debian 13 hosts under systemd: rolled out by Ansible over ssh, upgraded, removed, purged, under traffic
	@scripts/install-deps.sh packages
	@echo "> hosts of Debian 13: $$($(AS_ROOT) scripts/packages/root.sh trixie hosts)"
	@REQUIRE_KERNEL=1 $(AS_ROOT) env TEST_HOSTS=1 timeout 1200 $(BIN)/vitest run --project hosts

check: build ## load the programs, attach them to IFACE (default: the default route's), take them off again
	@IFACE='$(IFACE)' $(AS_ROOT) scripts/check.sh

lint: build ## compiler, linter, import directions
	$(AS_USER) $(BIN)/tsc --noEmit -p .
	$(AS_USER) $(BIN)/biome check .
	$(AS_USER) $(BIN)/vitest run --project unit test/unit/architecture.test.ts

bench: build ## figures of speed; JSON=1 adds one JSON object as last line
	@JSON='$(JSON)' $(AS_ROOT) node scripts/run.mjs test/bench/main.ts

bench-datapath: build $(TOOLS) ## packets in ns, and traffic beside plain forwarding and VXLAN; three minutes, JSON=1 as for bench
	@JSON='$(JSON)' $(AS_ROOT) node scripts/run.mjs test/bench/datapath.ts

fuzz: build ## packets by chance through the programs and their model, which must agree; SEED= COUNT=200000
	@SEED='$(SEED)' COUNT='$(COUNT)' $(AS_ROOT) node scripts/run.mjs test/fuzz/main.ts

evidence: build $(TOOLS) ## the promises of the design with raw figures, one line each
	@ONLY='$(ONLY)' $(AS_ROOT) node scripts/run.mjs test/evidence/main.ts

soak: build $(TOOLS) ## memory and CPU of the daemon over 10,000 reconciles at 10,000 services; a quarter of an hour; ROUNDS= SERVICES=
	@ROUNDS='$(ROUNDS)' SERVICES='$(SERVICES)' $(AS_ROOT) node scripts/run.mjs test/soak/main.ts

transfer: build $(TOOLS) ## 10 GB each way through the tunnel, under 100 applies and 2 program upgrades
	@ONLY=transfer $(AS_ROOT) node scripts/run.mjs test/evidence/main.ts

clean: ## remove what was built (node_modules stays)
	@echo '> removing build/ dist/ coverage/'
	@rm -rf build dist coverage

deps: ## Debian packages and npm modules that are missing
	@scripts/install-deps.sh

# What is built. `packages` is order-only: looked at in every run (10 ms), a reason to rebuild in none.
$(MODULES): package.json package-lock.json
	@scripts/install-deps.sh npm
	@touch $@

packages:
	@scripts/install-deps.sh apt

$(BPF) &: $(BPF_SOURCES) | packages
	@echo '> compiling the BPF programs'
	@$(AS_USER) scripts/build-bpf.sh

$(TOOLS): build/tools/%: test/support/tools/%.c test/support/tools/common.h | packages
	@echo '> compiling $*'
	@$(AS_USER) mkdir -p build/tools
	@$(AS_USER) clang -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $<

dist/trueingress.cjs: $(MODULES) $(BPF) $(SOURCES) scripts/bundle.mjs scripts/launcher.cjs scripts/code-cache.cjs $(wildcard scripts/build-validator.mjs)
	@echo '> building dist/trueingress.cjs'
	@if test -f scripts/build-validator.mjs; then $(NODE) scripts/build-validator.mjs; fi
	@$(NODE) scripts/bundle.mjs
