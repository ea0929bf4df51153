# SPDX-License-Identifier: Apache-2.0
# For the end-to-end tests, which source this: claims in TAP. A script exits with $failed at its end,
# and may define a function `evidence` that prints what a person has to see where a claim does not hold.
# shellcheck shell=bash
n=0 failed=0

claim() { # $1 claim, $2.. a command that holds when the claim does
	local text=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		# shellcheck disable=SC2034 # the script's exit status
		failed=1
		! declare -F evidence >/dev/null || evidence 2>/dev/null | sed 's/^/# /'
	fi
}
