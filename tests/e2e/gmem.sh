#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Guests whose RAM is a guest_memfd, on a kernel that has it: scripts/node's box with the kernel of
# trixie-backports. A guest that converts memory and checks what it finds (tests/walker/convert.c),
# while the host counts what is really kept; then Debian's kernel; then one guest from launch to secret.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
B=${B:-build}
work=$B/e2e/gmem
rm -rf "$work" && mkdir -p "$work" || exit 1

if [ ! -s build/node-backports/vmlinux ]; then
	echo "ok 1 - guests on guest_memfd # SKIP scripts/setup could not fetch a kernel that has it"
	exit 0
fi
. tests/e2e/sim_root.bash
scripts/initrd "$work/initrd" --init tests/e2e/guest/vmm.init --module virtio_pci --module virtio_blk || {
	echo "not ok 1 - the guest's initrd can be made"
	exit 1
}
scripts/node --kernel backports --memory 1536 --timeout 600 -- tests/e2e/gmem.inside "$B" >"$work/out"
status=$?
grep -v '^1\.\.' "$work/out"
n=$(($(grep -cE '^(not )?ok ' "$work/out") + 1))

claim="a guest on guest_memfd is attested and gets its secret, as any other"
if HC_NODE_KERNEL=backports HC_DEMO_SETUP=no HC_DEMO_VMM="--memory-backing guest_memfd" \
	scripts/demo --run-only >"$work/demo" 2>&1; then
	echo "ok $n - $claim"
else
	echo "not ok $n - $claim"
	tail -20 "$work/demo" | sed 's/^/# /'
	status=1
fi
echo "1..$n"
exit $status
