#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-vmm with Debian's kernel: plain and sim-snp, one and more vCPUs, disks, vsock, the sandbox while a
# guest runs, and every way a guest ends. Where this machine's KVM cannot run Linux, in scripts/node's
# box; all guests in one, since a box takes its time.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
B=${B:-build}
work=$B/e2e/vmm
rm -rf "$work" && mkdir -p "$work" || exit 1

if ! cc -O2 -Wall -Wextra -static -o "$work/vsockcat" tests/e2e/guest/vsockcat.c ||
	! scripts/initrd "$work/initrd" --init tests/e2e/guest/vmm.init \
		--add "$work/vsockcat:/bin/vsockcat" --module virtio_pci --module virtio_blk \
		--module vmw_vsock_virtio_transport; then
	echo "not ok 1 - the guest's initrd can be made"
	exit 1
fi
. tests/e2e/sim_root.bash
make -s B="$B" "$B/tests/unit/test_quote_service" || {
	echo "not ok 1 - the tests of quotes can be built"
	exit 1
}
scripts/node --memory 3072 --timeout 900 -- tests/e2e/vmm.inside "$B"
