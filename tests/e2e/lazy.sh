#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory that Linux accepts when it needs it, in guests of hc-vmm: Debian 13's kernel, with acceptance
# simulated (tests/firmware/simaccept.c), and a manifest with the flag for it, which no tool sets on
# sim-snp. Where this machine's KVM cannot run Linux, in scripts/node's box.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
B=${B:-build}
trixie=${HC_GUEST_TRIXIE:-build/guest-trixie}
work=$B/e2e/lazy
rm -rf "$work" && mkdir -p "$work" || exit 1

if [ ! -s "$trixie/vmlinuz" ] || [ ! -s "$trixie/vmlinux" ]; then
	echo "ok 1 - hc-vmm's guests accept memory # SKIP no kernel of Debian 13 in $trixie: scripts/setup unpacks it"
	exit 0
fi
. tests/e2e/sim_root.bash
if ! make -s B="$B" "$B/tests/firmware/simaccept" ||
	! "$B/tests/firmware/simaccept" "$trixie/vmlinuz" "$trixie/vmlinux" "$work/kernel" ||
	! scripts/initrd "$work/initrd" --kernel "$trixie" --init tests/e2e/guest/lazy.init; then
	echo "not ok 1 - the guest's kernel and initrd can be made"
	exit 1
fi
scripts/node --memory 4096 --timeout 900 -- tests/e2e/lazy.inside "$B"
