#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-check as a person uses it: every SEV-SNP vector from its files, exit statuses, both languages,
# and what it does with files that are wrong.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

. tests/e2e/claims.bash
evidence() { tail -n 5 "$t/out" "$t/err"; }
run() { # arguments of hc-check; leaves out, err and status
	"$check" "$@" >"$t/out" 2>"$t/err"
	status=$?
}
ends() { # $1 expected status, $2.. arguments
	local want=$1
	shift
	run "$@"
	[ "$status" -eq "$want" ]
}
says() { # $1 pattern, in the output
	grep -qE -- "$1" "$t/out"
}
member() { # $1 jq filter that must be true
	jq -e "$1" "$t/out" >/dev/null
}

command -v jq >/dev/null || {
	echo "ok 1 - hc-check # SKIP jq is not installed"
	exit 0
}

claim "no arguments: status 3" ends 3
claim "unknown option: status 3" ends 3 verify /dev/null --polciy x
claim "option without value: status 3" ends 3 verify /dev/null --policy
claim "evidence that is not there: status 3" ends 3 verify "$t/absent"
claim "two pieces of evidence: status 3" ends 3 verify /dev/null /dev/null
claim "endorsements that are not there: status 3" ends 3 verify /dev/null --endorsements "$t/absent"
echo '{"version":1,"name":"x","debug":true}' >"$t/typo.json"
claim "policy with an unknown member: status 3" ends 3 verify /dev/null --policy "$t/typo.json"
claim "... and it is named" grep -q 'unknown member "debug"' "$t/err"
claim "report data of another length: status 3" ends 3 verify /dev/null --report-data 00
claim "a time that is none: status 3" ends 3 verify /dev/null --at yesterday
claim "empty evidence is rejected" ends 1 verify /dev/null
claim "help: status 0" ends 0 --help
claim "... names every command" eval 'says "^  verify " && says "^  show "'
claim "help of a command: status 0" ends 0 verify /dev/null --help
claim "... names its options" says '^  --endorsements '
claim "help in French" ends 0 --help --lang fr
claim "... is French" says 'hc-check COMMANDE'
claim "version: status 0" ends 0 --version
claim "... is one line" grep -qxE 'hc-check [0-9.]+' "$t/out"
claim "unknown command: status 3" ends 3 verfiy /dev/null
claim "... says where the others are" grep -q 'hc-check --help' "$t/err"
claim "language that is none: status 3" ends 3 verify /dev/null --lang de
claim "--lang holds for what is wrong before it" ends 3 verify /dev/null --polciy x --lang=fr
claim "... too" grep -q 'mauvais usage' "$t/err"
claim "an option and its value in one word" ends 1 verify /dev/null --at=2026-01-01
claim "an option of another command: status 3" ends 3 show /dev/null --at=2026-01-01
"$check" --help >/dev/full 2>"$t/err"
claim "output that cannot be written: status 3" [ $? -eq 3 ]

if [ ! -d "$vectors/snp" ]; then
	n=$((n + 1))
	echo "ok $n - the SEV-SNP vectors # SKIP neither ../shared/vectors nor \$HC_VECTORS is there"
	exit $failed
fi

# One vector from its folder, as the tool is told in one line.
vector() { # $1 folder; leaves the JSON in out
	local at anchor
	at=$(jq -r .expect.at_time "$1/case.json")
	anchor=$(jq -r '.trust_anchor // empty' "$1/case.json")
	run verify "$1/report.bin" --endorsements "$1" --at "$at" ${anchor:+--root "$1/$anchor"} --json
}
as_expected() { # $1 folder
	vector "$1"
	if [ "$(jq -r .expect.verdict "$1/case.json")" = accept ]; then
		member '.authentic == "yes" and .revocation != "revoked"'
	else
		member '.authentic != "yes" or .revocation == "revoked" or .verdict == "REJECTED"'
	fi
}
for folder in "$vectors"/snp/*/; do
	folder=${folder%/}
	claim "vector $(basename "$folder"): $(jq -r .expect.verdict "$folder/case.json")" \
		as_expected "$folder"
done

# A policy that wants this very guest.
genoa=$vectors/snp/genoa-v3-vcek-azure
at=$(jq -r .expect.at_time "$genoa/case.json")
m=$(jq -r .fields.measurement "$genoa/case.json")
rd=$(jq -r .fields.report_data "$genoa/case.json")
jq -n --arg m "$m" '{version: 1, name: "e2e", accept: [{name: "genoa",
	snp: {measurements: [$m], roots: ["amd-genoa"], products: ["genoa"]}}]}' >"$t/policy.json"
genoa() {
	local want=$1
	shift
	ends "$want" verify "$genoa/report.bin" --endorsements "$genoa" --at "$at" "$@"
}
claim "genuine, wanted, bound: trusted" genoa 0 --policy "$t/policy.json" --report-data "$rd"
claim "... and says so" says '^verdict +TRUSTED'
claim "without a policy: undecided" genoa 2
claim "... because nothing says which guest is wanted" says '\?   policy.measurement'
claim "other report data: rejected" genoa 1 --policy "$t/policy.json" --report-data "${rd/#??/00}"
jq '.accept[0].snp.measurements[0] |= ("00" + .[2:])' "$t/policy.json" >"$t/other.json"
claim "other measurement: rejected" genoa 1 --policy "$t/other.json"
claim "root not on the policy's list: rejected" genoa 1 --policy \
	<(jq '.accept[0].snp.roots = ["amd-turin"]' "$t/policy.json")
key=$(openssl x509 -inform DER -in "$genoa/vcek.der" -noout -pubkey | openssl pkey -pubin -outform DER |
	sha256sum | cut -c1-64)
chip=$(jq -r .fields.chip_id "$genoa/case.json")
pinned() { # $1 key
	jq --arg id "$chip" --arg key "sha256:$1" \
		'.accept[0].snp.chips = [{id: $id, endorsement_keys: [$key], note: "here"}]' "$t/policy.json"
}
claim "the chip and its key are the ones listed: trusted" genoa 0 --policy <(pinned "$key") --json
claim "... JSON has the key to pin" member ".claims.endorsement_key == \"sha256:$key\""
claim "another key is pinned for the chip: rejected" genoa 1 --policy <(pinned "${key/#??/00}")
claim "... and says which key it was" says "endorsement key sha256:"
claim "the chip is denied: rejected" genoa 1 --policy \
	<(jq --arg id "$chip" '.deny.snp.chips = [$id]' "$t/policy.json")
claim "a floor that is not reached: rejected" genoa 1 --policy \
	<(jq '.accept[0].snp.tcb.genoa.all.microcode = 255' "$t/policy.json")
claim "... with the distance" says "microcode 0x[0-9a-f]+, floor 0xff: update the host's microcode"
claim "... in French" genoa 1 --lang fr --policy \
	<(jq '.accept[0].snp.tcb.genoa.all.microcode = 255' "$t/policy.json")
claim "... ... too" says "plancher 0xff.*mettez à jour le microcode de l'hôte"
claim "without a CRL: undecided" ends 2 verify "$genoa/report.bin" --policy "$t/policy.json" \
	--at "$at" --endorsements "$genoa/vcek.der" --endorsements "$genoa/ask.der" \
	--endorsements "$genoa/ark.der"
claim "the same, judged now: not trusted" eval \
	'! ends 0 verify "$genoa/report.bin" --endorsements "$genoa" --policy "$t/policy.json"'
claim "files of a folder that are no endorsements are named" grep -qE \
	'2 of [0-9]+ files are no endorsements, left out: case.json, report.bin$' "$t/err"
claim "... in one line" [ "$(wc -l <"$t/err")" -eq 1 ]
mkdir -p "$t/many" "$t/hollow"
for i in $(seq 100 199); do echo "note $i" >"$t/many/a-note-$i.txt"; done
cp "$genoa"/*.der "$t/many"
head -c 600 "$genoa/crl.der" >"$t/many/half.der"
truncate -s 2M "$t/many/zz-disk.img"
run verify "$genoa/report.bin" --endorsements "$t/many" --at "$at"
claim "many such files are one line too" [ "$(grep -c 'files are no endorsements' "$t/err")" -eq 1 ]
claim "... with their number" grep -qE '101 of 106 files .* and [0-9]+ more$' "$t/err"
claim "a broken list in a folder has a line of its own, with the reason" \
	grep -qE 'left out: .*/half.der: .*expected' "$t/err"
printf x >"$t/many/$(printf '\033[2J')"
run verify "$genoa/report.bin" --endorsements "$t/many" --at "$at"
claim "a file's name reaches no terminal as an escape sequence" eval '! grep -q $'"'\\033'"' "$t/err"'
run verify "$genoa/report.bin" --endorsements "$t/hollow" --at "$at"
claim "a folder without files is said to be one" grep -q 'hollow: a folder without files' "$t/err"
claim "a folder as evidence: status 3" ends 3 verify "$genoa"
claim "... and what to do" grep -q 'Do: name the file with the report' "$t/err"
cat "$genoa"/*.der | head -c 4000 >"$t/junk"
claim "an endorsement that is none is named, and nothing trusted" ends 2 verify \
	"$genoa/report.bin" --endorsements "$t/junk" --policy "$t/policy.json"
cat "$genoa/report.bin" >"$t/flipped" # cp would keep it read-only, where the vectors are
printf '\x01' | dd of="$t/flipped" bs=1 seek=144 conv=notrunc status=none
claim "one byte changed: rejected" ends 1 verify "$t/flipped" --endorsements "$genoa" --at "$at" \
	--json
claim "... by the signature" member '.authentic == "no" and
	([.checks[] | select(.id == "snp.signature")][0].outcome == "fail")'
for f in ark ask vcek; do
	openssl x509 -inform der -in "$genoa/$f.der"
done >"$t/bundle.pem"
openssl crl -inform der -in "$genoa/crl.der" >>"$t/bundle.pem"
claim "the same from one PEM bundle: trusted" ends 0 verify "$genoa/report.bin" --at "$at" \
	--endorsements "$t/bundle.pem" --policy "$t/policy.json"
claim "evidence from standard input: trusted" eval 'cat "$genoa/report.bin" |
	"$check" verify - --at "$at" --endorsements "$t/bundle.pem" --policy "$t/policy.json" >"$t/out"'

# What an extended guest request gives: the report, and a certificate table with the VCEK in it.
le32() { # $1 number
	printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) 0)"
}
{
	cat "$genoa/report.bin"
	printf '\x63\xda\x75\x8d\xe6\x64\x45\x64\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd'
	le32 48
	le32 "$(stat -c %s "$genoa/vcek.der")"
	head -c 24 /dev/zero
	cat "$genoa/vcek.der"
} >"$t/extended"
claim "a report with its certificate table behind it: trusted" ends 0 verify "$t/extended" --at "$at" \
	--endorsements "$genoa/ask.der" --endorsements "$genoa/ark.der" \
	--endorsements "$genoa/crl.der" --policy "$t/policy.json"
claim "... and shown" ends 0 show "$t/extended"
head -c -1 "$t/extended" >"$t/cut"
claim "... not with a table that was cut" ends 1 verify "$t/cut" --at "$at" --endorsements "$genoa"

claim "in French" genoa 2 --lang fr
claim "... the sentences are French" says 'Le rapport est signé par la clé du certificat'
claim "... and so is the head" says '^authentique +oui$'
env LC_ALL=fr_FR.UTF-8 "$check" show "$genoa/report.bin" >"$t/out" 2>"$t/err"
claim "in the language of the environment" says "Rien n'a été vérifié"
claim "JSON has what programs need" genoa 2 --json
claim "... tee, verdict, claims, checks with both languages" member '.tee == "sev-snp" and
	.verdict == "UNDECIDED" and .simulated == false and .claims.version == 3 and
	(.checks | length) > 20 and all(.checks[]; .id and .outcome and .section and .text and .text_fr)'
claim "... the chain of trust" member '(.chain | map(.kind)) == ["VCEK", "ASK", "ARK"] and
	all(.chain[]; .present and .signs == "good" and (.sha256 | length) == 64) and
	.chain[2].anchor == "builtin" and .chain[1].revocation == "good" and .chain[1].list_to'
claim "no escape sequences where the output is no terminal" eval '! grep -q $'"'\\033'"' "$t/out"'

claim "a judgement of another time than now says so" genoa 2
claim "... in the head" says '^as of +[0-9TZ:-]+ \(in the past, by request\)$'
claim "... also of a time to come" eval 'ends 2 verify "$genoa/report.bin" --endorsements "$genoa" \
	--at 2045-01-01 || [ "$status" -eq 1 ]; says "\(in the future, by request\)$"'
claim "... and not of now" eval 'run verify "$genoa/report.bin"; ! says "by request"'

# On a terminal: colours, and lines of its width.
terminal() { # $1 settings, $2.. arguments of hc-check; leaves out
	local set=$1
	shift
	script -qec "stty cols 84; env $set $(printf '%q ' "$check" "$@")" /dev/null >"$t/out" 2>"$t/err" </dev/null
}
if command -v script >/dev/null; then
	terminal TERM=xterm verify "$genoa/report.bin" --lang fr
	claim "colours on a terminal" grep -q $'\033\\[33;1mUNDECIDED' "$t/out"
	sed 's/\x1b\[[0-9;]*m//g; s/\r$//' "$t/out" | grep -vE '[0-9a-f]{64}|https:' >"$t/lines"
	claim "... and lines of its width, but for what cannot be cut" [ "$(LC_ALL=C.UTF-8 wc -L <"$t/lines")" -le 84 ]
	for set in "TERM=xterm NO_COLOR=1" TERM=dumb; do
		terminal "$set" verify "$genoa/report.bin"
		claim "no colours with $set" eval '[ -s "$t/out" ] && ! grep -q $'"'\\033'"' "$t/out"'
	done
	terminal "TERM=xterm NO_COLOR=" verify "$genoa/report.bin"
	claim "an empty NO_COLOR says nothing" grep -q $'\033' "$t/out"
else
	n=$((n + 1))
	echo "ok $n - colours on a terminal # SKIP script(1) is not installed"
fi

# A root that nobody pinned has to be named twice: to the tool and in the policy.
lab=$vectors/snp/lab-turin-ok
at=$(jq -r .expect.at_time "$lab/case.json")
claim "lab root not named: rejected" ends 1 verify "$lab/report.bin" --endorsements "$lab" --at "$at" \
	--json
claim "... as not authentic" member '.authentic == "no"'
claim "... and by the name it gives itself" member '[.checks[] | select(.id == "snp.root")][0].found |
	endswith("which calls itself \"ARK-Turin\"")'
claim "lab root named, not in the policy: rejected" ends 1 verify "$lab/report.bin" \
	--endorsements "$lab" --at "$at" --root "$lab/ark.der" --json
claim "... though authentic" member '.authentic == "yes"'
run verify "$lab/report.bin" --endorsements "$lab" --at "$at" --root "$lab/ark.der"
claim "a root that bears AMD's name is not shown as AMD's" says \
	'^root +sha256:[0-9a-f]{64} \(named by the caller, not built in; calls itself "ARK-Turin"\)$'
claim "an intermediate is no root: status 3" ends 3 verify "$lab/report.bin" --root "$lab/ask.der"

turin=$vectors/snp/turin-v5-vcek-oak
claim "show: status 0" ends 0 show "$turin/report.bin"
claim "... every field, the TCB in Turin's layout" says 'fmc'
claim "... and that nothing was verified" says 'Nothing was verified'
claim "show as JSON" ends 0 show "$turin/report.bin" --json
claim "... says that nothing was verified" member '.verified == false and .tee == "sev-snp" and
	.notes == []'
claim "... has the measurement" member \
	".measurement == \"$(jq -r .fields.measurement "$turin/case.json")\""
claim "show of what is no report: status 3" ends 3 show "$turin/vcek.der"
exit $failed
