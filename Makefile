# Every target sets up what it needs, once. `make run PORTABLE=1` needs no compiler. What is installed is what was
# tested (deploy/pins.txt); UNPINNED=1 tries the newest of everything, in environments of its own.
#
# native    PJSIP built for many calls, the audio path in C++
# portable  PyPI's prebuilt pjsua2: four calls a process
# watched   native with AddressSanitizer, for a proof: slow, and its programs need a library loaded before

MAKEFLAGS += --no-print-directory
PYTHON ?= python3
PORTABLE_PYTHON ?= $(PYTHON)
PORTABLE ?=
UNPINNED ?=
WATCHED ?=
RTPENGINE ?=
# What CI asks for: a test that failed is run once more, alone. Both are printed.
AGAIN ?=
UV := $(shell command -v uv 2>/dev/null)

# What `make run` serves and `make call` says.
SIP ?= 127.0.0.1:5060
API ?= 127.0.0.1:8080
DIALPLANS ?= dialplans
BEHIND ?= 127.0.0.1:5070
TO ?= sip:assistant@$(SIP)

APART := $(if $(UNPINNED),-unpinned)
NATIVE := .venv$(APART)
PREBUILT := .venv-portable$(APART)
SUSPECT := .venv-watched$(APART)
VENV ?= $(if $(PORTABLE),$(PREBUILT),$(NATIVE))
BIN = $(VENV)/bin
# Before a long command: Ctrl-C reaches it and make, too, which then needs no more to say about it. A moment later,
# for make 4.3 stumbles over a child that is gone before make has had its own signal.
BREAKABLE = trap 'sleep 0.2; exit 0' INT;
STEP = @$(BREAKABLE) $(BIN)/python -m deploy.step
# For what is installed, and for whatever that is built with, in the words of pip and of uv.
PINS := deploy/pins.txt
PINNED := $(addsuffix =$(PINS),PIP_CONSTRAINT PIP_BUILD_CONSTRAINT UV_CONSTRAINT UV_BUILD_CONSTRAINT)
INSTALL = $(if $(UNPINNED),,env $(PINNED)) \
  $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check)
# A list out of pyproject.toml, one requirement a line.
REQUIRED = $(BIN)/python -c 'import sys, tomllib; t = tomllib.load(open("pyproject.toml", "rb")); \
  [t := t[k] for k in sys.argv[1:]]; print(*t, sep="\n")'
SERVE = $(if $(API),GATEWAY_API__LISTEN=$(API) )$(BIN)/gateway serve --sip $(SIP) --dialplans $(DIALPLANS)
CALL = $(BIN)/gateway phone --to $(TO) --record call.wav \
  --say "What are your opening hours?" --say "What can you do?" \
  --interrupt-after 2.6 --say "Stop. What is twelve times four?" --say "Thank you, goodbye."
CXX_SOURCES := $(shell find gateway -name '*.[ch]pp' -o -name CMakeLists.txt)
# An installation knows its packages by name: a new one asks for a new installation.
PACKAGES := $(shell find gateway -name __init__.py)
PJSIP_SOURCES := $(wildcard deploy/pjsip/*.* deploy/pjsip/patches/*)

# Installs Debian packages where we are root; says how, and fails, where we are not.
apt = if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
  $(PYTHON) -m deploy.step "installing$(1)" -- sh -c "apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
  apt-get -qq install -y --no-install-recommends$(1)"; \
  else echo "set-up: missing: sudo apt-get install$(1)" >&2; false; fi

# Runs a target in the native environment, or in the portable one if there can be no native one here.
define in-best-mode
	@$(BREAKABLE) if [ -n "$(PORTABLE)" ]; then $(MAKE) portable && $(MAKE) $(1) VENV=$(PREBUILT); \
	elif $(MAKE) native; then $(MAKE) $(1) VENV=$(NATIVE); \
	else echo "set-up: portable mode instead, four calls at a time; 'make native' tries again" >&2 \
	  && $(MAKE) portable && $(MAKE) $(1) VENV=$(PREBUILT); fi
endef

.PHONY: help run edge behind-edge call test check bench proofs native portable watched clean serve phone pytest benchmark prove lint debian pins

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

run:  ## serve the embedded agent on sip:127.0.0.1:5060, no key needed
	$(call in-best-mode,serve)

edge:  ## serve with two workers behind a Kamailio on the same address (RTPENGINE=1: audio, too): docs/scaling.md
	$(call in-best-mode,behind-edge)

call:  ## phone it, speak, interrupt it, and keep what was heard in call.wav
	$(call in-best-mode,phone)

# Whole calls hear the clock, and wait for it most of the time: three files of them at once. What measures, or rings
# by the hundred, has the machine to itself. All other tests share the processors.
REAL_TIME := tests/whole_calls tests/media tests/phone tests/rehearsal tests/sip
ALONE := tests/bench tests/loadtest $(patsubst %,tests/whole_calls/test_%.py,burst load flood hostile memory)
# What differs between the modes: all that touches PJSIP or the audio path. The rest is the same Python, tested once.
BOTH_MODES := tests/media tests/sip tests/phone \
  $(patsubst %,tests/whole_calls/test_%.py,burst detecting failing interrupting media signalling speech talking)

test: debian  ## all tests in native mode, then what differs in portable mode (PORTABLE=1: all, portable only)
	@$(BREAKABLE) failed=0; tests=; \
	if [ -n "$(PORTABLE)" ]; then :; \
	elif $(MAKE) native; then tests="$(BOTH_MODES)"; $(MAKE) pytest VENV=$(NATIVE) || failed=1; \
	else echo "set-up: portable tests only" >&2; [ -z "$(CI)" ] || failed=1; fi; \
	$(MAKE) portable && $(MAKE) pytest VENV=$(PREBUILT) TESTS="$$tests" && exit $$failed

check:  ## ruff, mypy and the direction of imports
	$(call in-best-mode,lint)

bench:  ## measure what the README promises
	$(call in-best-mode,benchmark)

proofs:  ## show on the running whole what takes too long for a test (NAMES="...": only those)
	$(call in-best-mode,prove)

native:  ## set up the native mode only
	@$(BREAKABLE) $(MAKE) -s $(NATIVE)/.native VENV=$(NATIVE)

portable:  ## set up the portable mode only
	@$(BREAKABLE) $(MAKE) -s $(PREBUILT)/.portable VENV=$(PREBUILT) PYTHON=$(PORTABLE_PYTHON) BELOW=13

pins:  ## pin what pyproject.toml asks for anew (UPGRADE=1: the newest of everything)
	@$(BREAKABLE) $(PYTHON) -m deploy.pins $(if $(UPGRADE),--upgrade)

watched:  ## set up what `make proofs NAMES=mutations_watched` looks at
	@$(MAKE) -s $(SUSPECT)/.native VENV=$(SUSPECT) WATCHED=1

clean:  ## remove what was set up here; the PJSIP wheel stays in ~/.cache/sip-voice-gateway
	rm -rf $(NATIVE) $(PREBUILT) $(SUSPECT) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# In the environment VENV, which is ready:

serve:
	@$(info $(SERVE))$(BREAKABLE) $(SERVE)

behind-edge:
	@PATH=$$PATH:/usr/sbin; command -v kamailio >/dev/null || { $(call apt, kamailio); }
	$(if $(RTPENGINE),@command -v rtpengine >/dev/null || { $(call apt, rtpengine-daemon); })
	@mkdir -p var/edge && cp deploy/kamailio/kamailio.cfg var/edge/
	@export PATH=$$PATH:/usr/sbin GATEWAY_WORKERS=2 GATEWAY_SIP=$(BEHIND) GATEWAY_EDGE__LISTEN=$(SIP) \
	$(if $(RTPENGINE),GATEWAY_EDGE__RTPENGINE__PUBLIC=$(firstword $(subst :, ,$(SIP)))); audio=; \
	$(BIN)/gateway edge var/edge && { setsid kamailio -DD -E -f var/edge/edge.cfg -Y var/edge & edge=$$!; \
	[ ! -f var/edge/rtpengine.conf ] || { setsid rtpengine --config-file=var/edge/rtpengine.conf -f -E & audio=$$!; }; \
	trap 'kill $$edge $$audio' EXIT; trap : INT; trap exit HUP TERM; $(if $(API),GATEWAY_API__LISTEN=$(API) )$(BIN)/gateway serve --dialplans $(DIALPLANS); }

phone:
	@$(info $(CALL))$(BREAKABLE) $(CALL)

PYTEST = $(BIN)/python -m pytest -o cache_dir=$(VENV)/.pytest_cache

pytest: $(VENV)/.dev
	@$(BREAKABLE) failed=0; \
	[ -n "$(TESTS)" ] || $(PYTEST) --numprocesses=2 --dist=loadfile \
	  $(addprefix --ignore=,$(REAL_TIME) $(ALONE)) || failed=1; \
	$(PYTEST) --numprocesses=3 --dist=loadfile --durations=15 $(or $(filter-out $(ALONE),$(TESTS)), \
	  $(REAL_TIME) $(addprefix --ignore=,$(filter tests/whole_calls/%,$(ALONE)))) || failed=1; \
	alone="$(if $(TESTS),$(filter $(ALONE),$(TESTS)),$(ALONE))"; \
	[ -z "$$alone" ] || $(PYTEST) --durations=5 $$alone || failed=1; \
	[ $$failed = 0 ] || [ -z "$(AGAIN)" ] || { echo "what failed beside others, once more and alone:" >&2; \
	  $(PYTEST) --last-failed --last-failed-no-failures=none && failed=0; }; \
	exit $$failed

benchmark: $(VENV)/.dev
	@$(BREAKABLE) $(BIN)/python -m tests.bench

prove: $(VENV)/.dev
	@$(BREAKABLE) $(BIN)/python -m tests.proofs $(NAMES)

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Set-up, each file a step that was done:

# PyPI's pjsua2 has no wheels beyond Python 3.12, the others have them for 3.14.
BELOW ?= 15
FITS = $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, $(BELOW)))' 2>/dev/null

$(VENV)/.made:
ifneq ($(UV),)
	@echo "set-up: making a Python environment in $(VENV)" >&2
	@python=$(PYTHON); $(FITS) || python='>=3.11,<3.$(BELOW)'; \
	  $(UV) venv --quiet --allow-existing --python "$$python" $(VENV)
else
	@$(FITS) || { echo "set-up: $(PYTHON) is older than 3.11, or not older than 3.$(BELOW), or not there:" \
	  "name another with $(if $(filter 13,$(BELOW)),PORTABLE_)PYTHON=..." >&2; exit 1; }
	@$(BREAKABLE) $(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call apt, python3-venv); }
	@$(BREAKABLE) $(PYTHON) -m deploy.step "making a Python environment in $(VENV)" -- $(PYTHON) -m venv $(VENV)
endif
	@touch $@

# pjsua2 first: the C++ modules are built against it.
$(VENV)/.pjsip: $(PJSIP_SOURCES) | $(VENV)/.made
	@$(BREAKABLE) wheel=$$($(BIN)/python -m deploy.pjsip $(if $(WATCHED),--watched)) \
	  && $(BIN)/python -m deploy.step "installing PJSIP" -- $(INSTALL) --no-deps "$$wheel" && touch $@

$(VENV)/.native: pyproject.toml $(PINS) $(PACKAGES) $(CXX_SOURCES) $(VENV)/.pjsip
	@$(REQUIRED) build-system requires > $(VENV)/build.txt
	@cmake --version >/dev/null 2>&1 && ninja --version >/dev/null 2>&1 \
	  || $(REQUIRED) dependency-groups build >> $(VENV)/build.txt
	$(STEP) "installing what builds the C++ modules" -- $(INSTALL) -r $(VENV)/build.txt
	$(STEP) "building and installing the gateway and the agent's engines" -- \
	  $(if $(WATCHED),env CXXFLAGS='-g -fno-omit-frame-pointer -fsanitize=address') $(INSTALL) \
	  $(if $(WATCHED),--config-settings=build-dir=build/watched) --no-build-isolation -e '.[local,mcp,browser]'
	$(if $(WATCHED),,$(STEP) "trying it" -- $(BIN)/python -c 'import pjsua2, gateway.media._port')
	@echo "set-up: done. The command is $(BIN)/gateway; '. $(BIN)/activate' lets you type gateway alone" >&2
	@touch $@

$(VENV)/.portable: pyproject.toml $(PINS) $(PACKAGES) | $(VENV)/.made
	$(STEP) "installing the gateway and the agent's engines" -- \
	  $(INSTALL) --config-settings=wheel.cmake=false -e '.[portable,local,mcp]'
	@echo "set-up: done. The command is $(BIN)/gateway; '. $(BIN)/activate' lets you type gateway alone" >&2
	@touch $@

$(VENV)/.dev: pyproject.toml $(PINS) | $(VENV)/.made
	@$(REQUIRED) project optional-dependencies dev > $(VENV)/dev.txt
	$(STEP) "installing the tests' tools" -- $(INSTALL) -r $(VENV)/dev.txt
	@touch $@

# The tests' phones, voices, databases and edge. Tests that miss one are skipped and say so; in CI they fail.
debian:
	@$(BREAKABLE) missing=; for name in sip-tester asterisk-core-sounds-en-wav espeak-ng postgresql kamailio kamailio-tls-modules rtpengine-daemon redis-server; do \
	  dpkg -s $$name >/dev/null 2>&1 || missing="$$missing $$name"; done; \
	[ -z "$$missing" ] || { $(call apt,$$missing); } || true
