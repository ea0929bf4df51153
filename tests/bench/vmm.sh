#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From exec of the VMM to the first line of /init, hc-vmm (plain, sim-snp) beside QEMU's microvm, with one
# kernel and one initrd, in turns; and the memory of hc-vmm's own. Through scripts/node, so that KVM
# runs Linux. RUNS=3 of each unless said.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
B=${B:-build}
mkdir -p "$B/bench" || exit 1
printf '#!/bin/sh\necho bench: init\nread -r forever\n' >"$B/bench/init"
scripts/initrd "$B/bench/initrd" --init "$B/bench/init" || exit 1
[ -s "$B/e2e/sim/vcek.key" ] || { rm -rf "$B/e2e/sim" && mkdir -p "$B/e2e" &&
	"$B/bin/hc-vmm" sim-init --state "$B/e2e/sim" >/dev/null; } || exit 1
exec scripts/node --memory 2048 -- tests/bench/vmm.inside "$B" "${RUNS:-3}"
