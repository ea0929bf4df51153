#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Speed of judging TDX quotes, beside bare verifications in the crypto libraries at hand. Fails where
# a target is missed. `make bench-tdx` builds what it needs.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${B:-build}
vectors=${HC_VECTORS:-../shared/vectors}
if [ ! -d "$vectors/tdx" ]; then
	echo "bench-tdx: SKIPPED, no quotes: neither \$HC_VECTORS nor ../shared/vectors is there"
	exit 0
fi
"$build/bin/tdx-speed" "$vectors" "$build"/bench/bare-*.so
