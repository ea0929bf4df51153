# SPDX-License-Identifier: Apache-2.0
# For the end-to-end tests, which source this: the simulated root of $B/e2e/sim, made where there is none. A
# changed one would change nothing in these tests, and making one takes seconds under emulation.
# shellcheck shell=bash
[ -s "$B/e2e/sim/vcek.key" ] || {
	rm -rf "$B/e2e/sim"
	"$B/bin/hc-vmm" sim-init --state "$B/e2e/sim" >/dev/null
} || {
	echo "not ok 1 - a simulated root can be made"
	exit 1
}
