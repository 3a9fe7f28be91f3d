# mydocker: everything that can be done with this repository. `make` alone lists it.
#
# dotnet is the only tool that must be there beforehand; what else is needed is installed by scripts/deps (Debian, Ubuntu).

PREFIX  ?= /usr/local
DESTDIR ?=
CONFIGURATION ?= Release

EXECUTABLES := mydocker mydocker-images mydocker-init mydocker-runtime
TEST_PROGRAMS := mem-allocate cpu-test

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
# A line that is parsed must be the same in every locale.
export DOTNET_CLI_UI_LANGUAGE := en

SHARED_SOURCES := $(shell find src -path '*/obj' -prune -o -path '*/bin' -prune -o -path 'src/resource-test' -prune -o -type f -print) \
	Directory.Build.props Directory.Packages.props global.json
TEST_PROGRAM_SOURCES := $(shell find src/resource-test -name '*.cs' -o -name '*.csproj' -o -name '*.props')

.DEFAULT_GOAL := help
# Two builds at once would write the same intermediate files.
.NOTPARALLEL:
.PHONY: help build install uninstall test test-vm test-vm-quick test-vm-legacy test-unit demo report bench bench-check stress lint clean deps

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian or Ubuntu packages that build, demo and tests need (as root)
	@scripts/deps build demo test

# One executable, two names: under the second it is the process beside a container.
LINKS := mydocker-monitor

build: $(EXECUTABLES:%=out/%) $(LINKS:%=out/%) $(TEST_PROGRAMS:%=out/resource-test/%) ## compile the executables ahead of time into out/

$(EXECUTABLES:%=out/%): out/%: $(SHARED_SOURCES)
	@scripts/deps build
	@scripts/publish src/$* $@ $(CONFIGURATION)

$(LINKS:%=out/%): out/mydocker
	@ln -sf mydocker $@

$(TEST_PROGRAMS:%=out/resource-test/%): out/resource-test/%: $(TEST_PROGRAM_SOURCES) Directory.Build.props
	@scripts/deps build
	@scripts/publish src/resource-test/$* $@ $(CONFIGURATION)

out/stress: $(SHARED_SOURCES) $(wildcard tests/Stress/*)
	@scripts/deps build
	@scripts/publish tests/Stress $@ $(CONFIGURATION)

install: build ## install executables, manual pages and completions into PREFIX (/usr/local), below DESTDIR if that is set
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(EXECUTABLES:%=out/%) $(DESTDIR)$(PREFIX)/bin/
	for link in $(LINKS); do ln -sf mydocker $(DESTDIR)$(PREFIX)/bin/$$link; done
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	out/mydocker man --all $(DESTDIR)$(PREFIX)/share/man/man1
	out/mydocker-runtime man --all $(DESTDIR)$(PREFIX)/share/man/man8
	out/mydocker-runtime completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/mydocker-runtime
	out/mydocker-runtime completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mydocker-runtime
	out/mydocker-runtime completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/mydocker-runtime.fish
	out/mydocker completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/mydocker
	out/mydocker completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mydocker
	out/mydocker completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/mydocker.fish

uninstall: ## remove what install put there; images and containers stay
	rm -f $(EXECUTABLES:%=$(DESTDIR)$(PREFIX)/bin/%) $(LINKS:%=$(DESTDIR)$(PREFIX)/bin/%) $(DESTDIR)$(PREFIX)/share/man/man1/mydocker.1 $(DESTDIR)$(PREFIX)/share/man/man1/mydocker-*.1 \
		$(DESTDIR)$(PREFIX)/share/man/man8/mydocker-runtime.8 $(DESTDIR)$(PREFIX)/share/man/man8/mydocker-runtime-*.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/mydocker-runtime $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mydocker-runtime \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/mydocker-runtime.fish \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/mydocker $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mydocker \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/mydocker.fish

test: ## everything: unit tests, and real containers if run as root
	@scripts/deps build test engines
	@$(MAKE) --no-print-directory build out/stress
	@scripts/test

test-vm: ## everything about containers in a virtual machine with cgroup v2 and systemd (as root)
	@scripts/deps build vm
	@$(MAKE) --no-print-directory build
	@scripts/test-vm

test-vm-quick: ## the part of it that is about cgroups, in a few minutes
	@scripts/deps build vm
	@$(MAKE) --no-print-directory build
	@scripts/test-vm quick

test-vm-legacy: ## a little of it with cgroup v1 and a hybrid of both
	@scripts/deps build vm
	@$(MAKE) --no-print-directory build
	@scripts/test-vm legacy

test-unit: ## the tests that need neither root nor the executables
	@scripts/test unit

demo: ## the four experiments, for real (as root)
	@scripts/deps build demo
	@$(MAKE) --no-print-directory build
	@demo/run

report: ## the four experiments again, recorded into docs/report.md and docs/report.zh-CN.md
	@scripts/deps build demo
	@$(MAKE) --no-print-directory build
	@demo/run --record

bench: ## measure mydocker beside its peers: starts, exec, lists, memory, pulls (as root); PARTS="start life" for some
	@scripts/deps build test bench
	@$(MAKE) --no-print-directory build
	@bench/run $(PARTS)

bench-check: ## fail if starts have become slower: ratios to runc and the floor, and instruction counts (as root)
	@scripts/deps build bench
	@$(MAKE) --no-print-directory build
	@bench/check

stress: ## clone 100,000 children between garbage collections and count those that hang
	@$(MAKE) --no-print-directory out/stress
	@out/stress $(or $(LAUNCHES),100000)

lint: ## check the layout of the code
	dotnet format whitespace --folder --verify-no-changes --exclude artifacts src tests

clean: ## remove what was built; the cache of the demo stays (see scripts/demo-image)
	rm -rf out artifacts
