#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Speed of judging SEV-SNP reports, beside bare verifications in the crypto libraries at hand. Fails
# where a target is missed. `make bench-snp` builds what it needs.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${B:-build}
vectors=${HC_VECTORS:-../shared/vectors}
if [ ! -d "$vectors/snp" ]; then
	echo "bench-snp: SKIPPED, no reports: neither \$HC_VECTORS nor ../shared/vectors is there"
	exit 0
fi
shopt -s nullglob
for lib in tests/bench/bare/*.c; do
	name=$(basename "$lib" .c)
	[ -e "$build/bench/bare-$name.so" ] || echo "bench-snp: without $name, which is not at hand"
done
"$build/bin/snp-speed" "$vectors" "$build"/bench/bare-*.so
