"""Tests, test equipment (`tone`, `wire_*`, `playbook`, `process`, `sipp`) and benchmarks (`bench`)."""
