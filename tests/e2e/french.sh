#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-check in French is French: no message of the catalogue comes out in English, whatever fails, in text, page, JSON and
# errors; and every way to ask for French gives the same.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

. tests/e2e/claims.bash
evidence() { head -n 12 "$t/english"; }

# Pieces of English messages to look for: what stands between the arguments, two words and more, unless a
# French message has it too.
awk '
	function text(line) { sub(/^[^"]*"/, "", line); sub(/"[^"]*$/, "", line); return line }
	function flush() { if (id != "" && id != str) print id "\t" str; id = str = "" }
	/^msgid/ { flush(); at = "id" }
	/^msgstr/ { at = "str" }
	/^(msgid|msgstr|")/ { if (at == "id") id = id text($0); else str = str text($0) }
	END { flush() }' attest/po/fr.po | sed '/^\t/d; /Project-Id-Version/d' >"$t/pairs"
cut -f2 "$t/pairs" | sed 's/\\"/"/g' >"$t/french"
cut -f1 "$t/pairs" | sed -E 's/\\"/"/g; s/%[-0-9.*]*(ll|z)?[sdux]|\\n/\n/g' |
	sed -E 's/^[ ,;:."()]+//; s/[ ,;:."()]+$//' | grep -E '[A-Za-z]{2,}[^A-Za-z]+[A-Za-z]{2,}' |
	sort -u | while IFS= read -r piece; do
	grep -qF -- "$piece" "$t/french" || printf '%s\n' "$piece"
done >"$t/pieces"
claim "there are English messages to look for" [ "$(wc -l <"$t/pieces")" -gt 150 ]

# Words that no French sentence has, in what was found and expected: arguments that were forgotten.
words='the|of|is|are|was|no|not|and|or|under|given|without|from|by|with|must|signed|good|an'
french() { # the text of $1.. (files) has no English in it
	cat "$@" >"$t/all"
	! grep -F -f "$t/pieces" "$t/all" >"$t/english"
}
facts() { # found and expected of $1 (JSON), names that others gave left out
	jq -r '.checks[] | .found, .expected' "$1" | sed -E 's/«[^»]*»//g; s/https?:[^ ]*//g'
}
no_words() { # $1 file
	! grep -wE "$words" "$1" >"$t/english"
}

# A report on which as much as possible is wrong: version, bits, levels, VMPL, key, signature.
wrong() { # $1 report, $2 version
	cp "$1" "$t/wrong.bin"
	chmod u+w "$t/wrong.bin"
	put() { printf "$2" | dd of="$t/wrong.bin" bs=1 seek=$(($1)) conv=notrunc status=none; }
	put 0x00 "\\x$2\\x00\\x00\\x00"
	put 0x08 '\xff\xff\xff\xff\xff\xff\xff\xff' # policy
	put 0x30 '\x09'                             # VMPL
	put 0x34 '\x02'                             # SIGNATURE_ALGO
	put 0x40 '\xff\xff\xff\xff\xff\xff\xff\xff' # PLATFORM_INFO
	put 0x48 '\xff'                             # KEY_INFO
	put 0x180 '\xff\xff\xff\xff\xff\xff\xff\xff' # REPORTED_TCB
	put 0x1e0 '\xff'                            # LAUNCH_TCB, or reserved
	put 0x300 '\xff'
}
judge() { # arguments of hc-check verify: text, page and JSON, errors too
	"$check" verify "$@" --lang fr --html "$t/page.html" >"$t/text" 2>"$t/err"
	"$check" verify "$@" --lang fr --json >"$t/json" 2>/dev/null
	facts "$t/json" >"$t/facts"
	jq -r '.checks[].text_fr' "$t/json" >"$t/sentences"
	# Style and claims are no sentences: values of the fields are the same in every language.
	sed '/<style>/,/<\/style>/d; /<table class="claims">/,/<\/table>/d
		s/<[^>]*>/ /g; s/&#39;/'"'"'/g; s/&quot;/"/g; s/&amp;/\&/g' "$t/page.html" >"$t/page"
	french "$t/text" "$t/page" "$t/facts" "$t/sentences" "$t/err" && no_words "$t/facts"
}

# --- what a person does wrong ---
wrong_usage() { # arguments of hc-check: nothing of it in English
	"$check" "$@" --lang fr >"$t/out" 2>"$t/err"
	[ -s "$t/err" ] && french "$t/err" && no_words "$t/err"
}
echo '{"version":1,"name":"x","debut":true}' >"$t/typo.json"
echo '[]' >"$t/array.json"
head -c 100000 /dev/zero >"$t/large"
mkdir "$t/hollow" "$t/notes"
echo note >"$t/notes/a.txt"
for words_of in "verify $t/absent" "verify" "verify $t" "verify $t/large" "verify /dev/null /dev/null" \
	"verify /dev/null --polciy x" "verify /dev/null --policy" "verify /dev/null --policy $t/typo.json" \
	"verify /dev/null --policy $t/array.json" "verify /dev/null --policy $t/absent" \
	"verify /dev/null --report-data 00" "verify /dev/null --report-data $(printf '%064d' 0 | tr 0 g)" \
	"verify /dev/null --at hier" "verify /dev/null --root README.md" "verify /dev/null --html $t/none/p" \
	"verify /dev/null --html - --json" "verify /dev/null --endorsements $t/absent" \
	"verify /dev/null --endorsements README.md" "verify /dev/null --endorsements $t/hollow" \
	"verify /dev/null --endorsements $t/notes" "show $t/large" "show /dev/null" "verfiy x" "show"; do
	# shellcheck disable=SC2086
	claim "in French: hc-check ${words_of//$t/.}" wrong_usage $words_of
done
for words_of in --help "verify --help" "show --help"; do
	# shellcheck disable=SC2086
	"$check" $words_of --lang fr >"$t/out" 2>&1
	claim "in French: hc-check $words_of" french "$t/out"
done

# --- how French is asked for ---
say() { # settings, in an environment of nothing else
	env -i LOCPATH="$t" "$@" "$check" verify "$t/typo.json" 2>&1
}
env -i "$check" verify "$t/typo.json" --lang fr >"$t/fr" 2>&1
env -i "$check" verify "$t/typo.json" >"$t/en" 2>&1
sed -i 's/^.* 20..-..-.*$//' "$t/fr" "$t/en"
same() { # $1 file, $2.. settings
	local want=$1
	shift
	say "$@" | sed 's/^.* 20..-..-.*$//' | cmp -s - "$want"
}
claim "English and French differ" eval '! cmp -s "$t/fr" "$t/en"'
for set in LC_ALL=fr_FR.UTF-8 LC_ALL=fr LANG=fr LANG=fr_FR LANG=fr_CA.UTF-8 LC_MESSAGES=fr_BE "LANG=C LC_MESSAGES=fr"; do
	# shellcheck disable=SC2086
	claim "$set is --lang fr, with no locale installed" same "$t/fr" $set
done
for set in LC_ALL=C LANG=en_GB.UTF-8 "LC_ALL=C LANG=fr" LANG=de_DE.UTF-8; do
	# shellcheck disable=SC2086
	claim "$set is English" same "$t/en" $set
done

# --- every check ---
command -v jq >/dev/null || {
	echo "ok $((n + 1)) - verdicts in French # SKIP jq is not installed"
	exit $failed
}
claim "in French: evidence of no kind" judge /dev/null
if [ ! -d "$vectors/snp" ]; then
	echo "ok $((n + 1)) - the SEV-SNP vectors in French # SKIP neither ../shared/vectors nor \$HC_VECTORS is there"
	exit $failed
fi
jq -n '{version: 1, name: "e2e", accept: [
	{name: "strict", snp: {measurements: ["'"$(printf '%096d' 0)"'"], roots: ["amd-turin"], products: ["turin"]}},
	{name: "other", snp: {measurements: ["'"$(printf '%096d' 1)"'"], products: ["genoa"]}}]}' >"$t/policy.json"
zeros=$(printf '%0128d' 0)
for folder in "$vectors"/snp/*/; do
	folder=${folder%/}
	at=$(jq -r .expect.at_time "$folder/case.json")
	anchor=$(jq -r '.trust_anchor // empty' "$folder/case.json")
	claim "in French: $(basename "$folder")" eval 'judge "$folder/report.bin" --endorsements "$folder" --at "$at" \
		${anchor:+--root "$folder/$anchor"} --policy "$t/policy.json" --report-data $zeros'
	claim "... without endorsements" judge "$folder/report.bin"
done
for folder in "$vectors"/tdx/*/; do
	folder=${folder%/}
	[ -f "$folder/quote.bin" ] || continue
	at=$(jq -r '.expect.at_time // "2025-09-15"' "$folder/case.json")
	anchor=$(jq -r '.trust_anchor // empty' "$folder/case.json")
	claim "in French: $(basename "$folder")" eval 'judge "$folder/quote.bin" --endorsements "$folder" --at "$at" \
		${anchor:+--root "$folder/$anchor"} --policy "$t/policy.json" --report-data $zeros'
	claim "... without endorsements" judge "$folder/quote.bin"
done
folder=$vectors/snp/genoa-v3-vcek-azure
for version in 01 02 03 05 06 09; do
	wrong "$folder/report.bin" $version
	claim "in French: all wrong, version $version" judge "$t/wrong.bin" --policy "$t/policy.json" \
		--endorsements "$folder" --at 2030-01-01 --report-data $zeros
	claim "... and judged long before" judge "$t/wrong.bin" --at 2001-01-01 \
		--endorsements "$folder"
done
exit $failed
