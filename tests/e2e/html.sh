#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The page of hc-check verify --html: valid HTML5 for every SEV-SNP vector in both languages, and how the file is written.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

. tests/e2e/claims.bash
evidence() { tail -n 8 "$t/out" "$t/err" "$t/tidy"; }
skip() { # $1 claim, $2 reason
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
ends() { # $1 expected status, $2.. arguments of hc-check
	local want=$1
	shift
	"$check" "$@" >"$t/out" 2>"$t/err"
	[ $? -eq "$want" ]
}
valid() { # $1 page
	tidy -q -e --show-warnings yes "$1" >"$t/tidy" 2>&1
}

# --- the file ---
head -c 1184 /dev/zero >"$t/zero"
umask 022
claim "the page is written beside the text" ends 1 verify "$t/zero" --html "$t/page.html"
claim "... whole" grep -q '^</html>$' "$t/page.html"
claim "... with the text too" grep -qE '^verdict +REJECTED' "$t/out"
claim "... as the umask has it" [ "$(stat -c %a "$t/page.html")" = 644 ]
claim "... and nothing else" [ "$(ls "$t" | grep -vcE '^(zero|page.html|out|err)$')" -eq 0 ]
(umask 077 && "$check" verify "$t/zero" --html "$t/private.html" >/dev/null 2>&1)
claim "another umask is kept" [ "$(stat -c %a "$t/private.html")" = 600 ]
echo old >"$t/page.html"
claim "a page of before is replaced" ends 1 verify "$t/zero" --html "$t/page.html" --json
claim "... by a whole one" grep -q '^</html>$' "$t/page.html"
claim "... with JSON beside it" grep -q '"verdict": "REJECTED"' "$t/out"
echo old >"$t/page.html"
claim "where nothing is judged: status 3" ends 3 verify "$t/absent" --html "$t/page.html"
claim "... and the page of before stays" grep -qx old "$t/page.html"
claim "a place that cannot be written: status 3" ends 3 verify "$t/zero" --html "$t/none/page.html"
claim "... and nothing is printed" [ ! -s "$t/out" ]
claim "... and the file is named" grep -q 'none/page.html' "$t/err"
claim "the page on standard output" ends 1 verify "$t/zero" --html -
claim "... instead of text" eval 'head -1 "$t/out" | grep -qx "<!DOCTYPE html>" &&
	tail -1 "$t/out" | grep -qx "</html>"'
claim "... not besides JSON: status 3" ends 3 verify "$t/zero" --html - --json
claim "two pages: status 3" ends 3 verify "$t/zero" --html "$t/a" --html "$t/b"
claim "show has no page: status 3" ends 3 show "$t/zero" --html "$t/a"

# --- valid HTML ---
if ! command -v tidy >/dev/null; then
	skip "the pages are valid HTML" "tidy is not installed"
	exit $failed
fi
claim "evidence of no kind: valid HTML" eval 'ends 1 verify /dev/null --html "$t/page.html" && valid "$t/page.html"'
if [ ! -d "$vectors/snp" ]; then
	skip "the SEV-SNP vectors" "neither ../shared/vectors nor \$HC_VECTORS is there"
	exit $failed
fi
pages() { # $1 folder: both languages, as judged and without any endorsement
	local at anchor lang
	at=$(jq -r .expect.at_time "$1/case.json")
	anchor=$(jq -r '.trust_anchor // empty' "$1/case.json")
	for lang in en fr; do
		"$check" verify "$1/report.bin" --endorsements "$1" --at "$at" --lang $lang \
			${anchor:+--root "$1/$anchor"} --html "$t/page.html" >"$t/out" 2>"$t/err"
		[ $? -le 2 ] && valid "$t/page.html" || return 1
	done
	"$check" verify "$1/report.bin" --html "$t/page.html" >"$t/out" 2>"$t/err"
	[ $? -le 2 ] && valid "$t/page.html"
}
for folder in "$vectors"/snp/*/; do
	folder=${folder%/}
	claim "valid HTML: $(basename "$folder")" pages "$folder"
done
# The validator sees what is wrong.
sed 's,</table>,,' "$t/page.html" >"$t/broken.html"
claim "a page with a missing end is not valid" eval '! valid "$t/broken.html"'
exit $failed
