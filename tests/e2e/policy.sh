#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-check policy: what lint, explain and example say, and that docs/policy.schema.json and the reader
# give the same answer to every policy that is tried here.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

. tests/e2e/claims.bash
evidence() { tail -n 5 "$t/out" "$t/err"; }
ends() { # $1 expected status, $2.. arguments of hc-check policy; leaves out and err
	local want=$1 status
	shift
	"$check" policy "$@" >"$t/out" 2>"$t/err"
	status=$?
	[ "$status" -eq "$want" ]
}
says() { # $1 pattern, in the output
	grep -qE -- "$1" "$t/out"
}

m=$(printf '0123456789ab%.0s' 1 2 3 4 5 6 7 8)
claim "no subcommand: status 3" ends 3
claim "an unknown one: status 3" ends 3 frobnicate "$t/x"
claim "lint without a file: status 3" ends 3 lint
claim "lint of a file that is not there: status 3" ends 3 lint "$t/none"
claim "explain of a file that is none: status 3" ends 3 explain /dev/null
claim "an unknown option: status 3" ends 3 lint --frobnicate "$t/x"
claim "an unknown technology: status 3" ends 3 example sgx
claim "a measurement that is none: status 3" ends 3 example snp 00
claim "help: status 0" ends 0 --help

claim "example: status 0" ends 0 example
cp "$t/out" "$t/example.json"
claim "lint of the example: only warnings, status 0" ends 0 lint "$t/example.json"
claim "... that the measurement is still to be filled in" says 'measurements\[0\] is all zeros'
claim "... and of nothing else" [ "$(grep -c warning: "$t/out")" -eq 2 ]
claim "... status 2 with --strict" ends 2 lint --strict "$t/example.json"
claim "the example goes through a pipe: lint -" eval '"$check" policy example | ends 0 lint -'
claim "... and names it" says '^-: a policy, warnings: 2$'
claim "... explain - too" eval '"$check" policy example | ends 0 explain -'
claim "explain has no --strict: status 3" ends 3 explain --strict "$t/example.json"
claim "example with a measurement: status 0" ends 0 example snp "$m"
cp "$t/out" "$t/filled.json"
claim "lint of it: nothing to say" ends 0 lint --strict "$t/filled.json"
claim "example for TDX: status 0" ends 0 example tdx "$m"
cp "$t/out" "$t/tdx.json"
claim "lint of it: nothing to say" ends 0 lint --strict "$t/tdx.json"
claim "explain of a TDX policy" ends 0 explain tests/fuzz/corpus/fuzz_policy/tdx.json --at 2026-01-01
for what in '^Block "emr" accepts a TDX guest' 'MRTD is one of these: 1' 'another of these: OutOfDate' \
	'until 2030-01-01T00:00:00Z: a service TD that the block names may serve the guest' \
	'taking pages away \(default\)'; do
	claim "... says: $what" says "$what"
done
claim "explain of it in French" ends 0 explain tests/fuzz/corpus/fuzz_policy/tdx.json --at 2026-01-01 --lang fr
claim "... speaks French" says "l'hôte ne peut pas lever d'exceptions"
printf '{"version":1,"name":"n","accept":[{"name":"b","tdx":{"rtmr1":["%s"],"tcb_statuses":["OutOfDate"],"grace_days":0},
	"loosen":[{"what":"tcb-status","reason":"r","owner":"o","until":"2025-12-01"},
	{"what":"tcb-grace","reason":"r","owner":"o","until":"2027-01-01"}]}]}' "$m" >"$t/odd.json"
claim "lint of an odd TDX policy: warnings" ends 2 lint --strict "$t/odd.json" --at 2026-01-01
for what in 'never accepts: it lists no measurement' 'never accepts: it wants a TCB that is not up to date' \
	'grace_days: 0' 'no min_evaluation_number'; do
	claim "... says: $what" says "$what"
done

# A loosening that another rule of the block takes back, or that is about the other technology, loosens nothing.
idle='"reason":"r","owner":"o","until":"2027-01-01"'
printf '{"version":1,"name":"n","accept":[{"name":"s","snp":{"measurements":["%s"],"unknown_bits":"refuse",
	"guest_policy":{"debug":"required-0"}},"loosen":[{"what":"unknown-bits",%s},{"what":"debug",%s},{"what":"sept-ve",%s}]},
	{"name":"t","tdx":{"mrtd":["%s"],"rtmr1":["%s"],"unknown_bits":"refuse"},"loosen":[{"what":"unknown-bits",%s},{"what":"vmpl",%s}]}]}' \
	"$m" "$idle" "$idle" "$idle" "$m" "$m" "$idle" "$idle" >"$t/idle.json"
claim "explain of idle loosenings" ends 0 explain "$t/idle.json" --at 2026-01-01
claim "... in both blocks no bit may be set that has no meaning" [ "$(grep -c 'no bit is set whose meaning' "$t/out")" -eq 2 ]
claim "... and the host cannot debug" [ "$(grep -c 'the host cannot debug' "$t/out")" -eq 2 ]
claim "lint of them: warnings" ends 2 lint --strict "$t/idle.json" --at 2026-01-01
for what in '"s": the loosening "sept-ve" does nothing: it is about TDX' '"t": the loosening "vmpl" does nothing: it is about SEV-SNP' \
	'"t": the loosening "unknown-bits" does nothing: another rule'; do
	claim "... says: $what" says "$what"
done

# The person who signs reads all of it, however long, and what a default does not say.
roots=$(for i in $(seq 16); do printf '"sha256:%064d"\n' "$i"; done | paste -sd,)
builds=$(for i in $(seq 64); do printf '"255.255.%d"\n' $((100 + i)); done | paste -sd,)
printf '{"version":1,"name":"n","deny":{"snp":{"firmware_builds":[%s]}},"accept":[{"name":"b","snp":{"roots":[%s],
	"measurements":["%s"],"tcb":{"turin":{"all":{"snp":1}}}}}]}' "$builds" "$roots" "$m" >"$t/long.json"
claim "explain of a long policy" ends 0 explain "$t/long.json" --at 2026-01-01
claim "... says the last root" says "$(printf 'sha256:%064d$' 16)"
claim "... the last build" says '255\.255\.164$'
claim "... and which product no floor is for" says 'not a Genoa \(Bergamo, Siena\): there are no floors'

cat >"$t/loose.json" <<END
{"version": 1, "name": "loose", "deny": {"snp": {"products": ["turin"], "firmware_builds": ["1.55.21"]}},
 "accept": [
  {"name": "a", "snp": {"measurements": ["$m"], "products": ["milan", "turin"], "vmpl": [1], "guest_svn": {"min": 1},
    "tcb": {"milan": {"all": {"microcode": 0}}, "turin": {"all": {"fmc": 1}}},
    "platform_info": {"alias_check_complete": "required-0"}, "chips": [{"id": "0123456789abcdef", "note": "rack 7"}]},
   "loosen": [
    {"what": "milan", "reason": "old site", "owner": "rssi@a.example", "until": "2026-01-20"},
    {"what": "vmpl", "reason": "SVSM", "owner": "rssi@b.example", "until": "2025-12-01"},
    {"what": "debug", "reason": "trial", "owner": "rssi@c.example", "until": "2027-01-01"}]},
  {"name": "empty", "snp": {}}]}
END
claim "lint of a loose policy: warnings" ends 2 lint --strict "$t/loose.json" --at 2026-01-01
for what in 'a" loosen: the loosening "milan" lapses soon, at 2026-01-20T00:00:00Z; its owner is rssi@a.example' \
	'a" loosen: the loosening "vmpl" lapsed at 2025-12-01T00:00:00Z: the default holds again' \
	'a": this block never accepts: it wants a VMPL other than 0' 'a": tcb.milan: a floor of 0 is none' \
	'a": platform_info.alias_check_complete: refuses' 'a": .*without id_key_digests the host chooses' \
	'a": chips: 1 have no endorsement_keys' 'empty": this block never accepts: it lists no measurement' \
	'empty": no floors'; do
	claim "... says: $what" says "accept\[[01]\] \"$what"
done
claim "... nothing of a loosening that has a year to go" eval '! says "debug"'
claim "... at another time another thing" ends 2 lint --strict "$t/loose.json" --at 2026-02-01
claim "... ... Milan has lapsed, and no product is left" says 'never accepts: no product is left'
claim "lint in French" ends 2 lint --strict "$t/loose.json" --at 2026-01-01 --lang fr
claim "... speaks French" says "avertissement.*ce bloc n.accepte jamais"

claim "explain: status 0" ends 0 explain "$t/loose.json" --at 2026-01-01
for what in '^Block "a" accepts' 'until 2026-01-20T00:00:00Z: Milan processors are accepted.*Reason: old site. Answers for it: rssi@a' \
	'LAPSED at 2025-12-01T00:00:00Z, refused again' 'rack 7 \(any key that AMD certifies\)' \
	'SEV firmware that runs, or that the host can go back to: 1.55.21' 'NOTHING: no measurement is listed' \
	'the host cannot debug the guest \(default\)' 'Nothing is loosened: all defaults hold'; do
	claim "... says: $what" says "$what"
done
claim "explain in French" ends 0 explain "$t/loose.json" --at 2026-01-01 --lang fr
claim "... without a word of English" eval '! says "\b(the|accepted|firmware|one of)\b"'

printf '{"version":1,"name":"n","bad":1,"accept":[{"name":"b","snp":{"vmpl":[7],"tcb":{"genoa":{"all":{"fmc":1}}}}}]}' >"$t/bad.json"
claim "lint of what is no policy: status 1" ends 1 lint "$t/bad.json"
claim "... says all of it, with its place" [ "$(grep -cE 'error: policy(:|.accept\[0\].snp.(vmpl\[0\]|tcb.genoa.all):)' "$t/out")" -eq 3 ]
claim "... with --strict too" ends 1 lint --strict "$t/bad.json"
claim "verify refuses the same file: status 3" eval '"$check" verify /dev/null --policy "$t/bad.json" 2>/dev/null; [ $? -eq 3 ]'

python3 -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null || {
	echo "ok $((n + 1)) - the schema # SKIP python3-jsonschema is not installed"
	exit $failed
}
mkdir "$t/tries"
cat >"$t/tries.py" <<'END'
# Policies that are good, and each of them spoilt in every way at hand; the schema's answer for each.
import copy, json, sys
import jsonschema
schema = json.load(open("docs/policy.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
valid = jsonschema.Draft202012Validator(schema)
values = [None, True, 0, 1, -1, 300, 4294967296, 0.5, "", "x", "0", "0x0b", "0x", "1.55.29", "1.55", "1.5", "01.2.3",
          "any", "required-1", "required-0", "warn", "vlek", "milan", "turin", "2030-01-01", "2030-01-01T24:00:00Z",
          "2030-01-01T10:00:00.5+02:00", "a b", "caf\u00e9", "bell\u0007", "\u009b", "0" * 96, "a" * 96, "A" * 64, "a" * 128, "0" * 128,
          "a" * 16, "a" * 47, "a" * 48, "a" * 79, "a" * 80, "a" * 119, "a" * 120, "a" * 199, "a" * 200,
          "sha256:" + "a" * 64, "sha256:" + "A" * 64, [], [None], ["x"], [2], [3], [4], [6], [0, 1], ["vlek"], ["milan"],
          ["genoa", "genoa"], ["a" * 96], ["0" * 96], ["a" * 32], ["a" * 128, "a" * 16], {}, {"x": 1}, {"min": 1},
          {"min": "1.55"}, "OutOfDate", "UpToDate", "Revoked", "TD 1.5 Ex", "INTEL-SA-00615", "INTEL-SA-", "0x" + "0" * 16, "a" * 12, "a" * 32,
          "tcb-status", "sept-ve", ["UpToDate"], ["OutOfDate"], ["TD 1.5"], ["a" * 12], {"debug": "any"}, {"all": {"fmc": 1}}, {"genoa": {"all": {"snp": 1}}}, [{"id": "a" * 16}]]
def places(node, path=()):
    yield path
    for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield from places(node[key], path + (key,))
def parent(root, path):
    for key in path[:-1]:
        root = root[key]
    return root
def tries(good):
    yield good
    for path in places(good):
        for value in values if path else []:
            one = copy.deepcopy(good)
            parent(one, path)[path[-1]] = value
            yield one
        one = copy.deepcopy(good)
        if path and not isinstance(path[-1], int):
            del parent(one, path)[path[-1]]
            yield one
        one = copy.deepcopy(good)
        node = one
        for key in path:
            node = node[key]
        if isinstance(node, dict):
            node["surprise"] = 1
            yield one
        elif isinstance(node, list):
            node.append(copy.deepcopy(node[0]))
            yield one
# What a schema cannot say: docs/policy.schema.json names it.
def beyond(policy):
    try:
        names = [block["name"] for block in policy["accept"]]
        chips = [[chip["id"].lower() for chip in block.get("snp", {}).get("chips", [])] for block in policy["accept"]]
        return len(names) != len(set(names)) or any(len(c) != len(set(c)) for c in chips)
    except (KeyError, TypeError, AttributeError):
        return False
count = seen = 0
for name in sys.argv[3:]:
    for policy in tries(json.load(open(name))):
        seen += 1
        if seen % int(sys.argv[2]) or beyond(policy):
            continue
        open("%s/%05d.%s" % (sys.argv[1], count, "good" if valid.is_valid(policy) else "bad"), "w").write(json.dumps(policy))
        count += 1
END
full=tests/fuzz/corpus/fuzz_policy/full.json tdx=tests/fuzz/corpus/fuzz_policy/tdx.json
# Each is a process: one in seven of them, or all (HC_POLICY_TRIES=1, some minutes).
every=${HC_POLICY_TRIES:-7}
claim "policies are tried, one in $every" python3 "$t/tries.py" "$t/tries" "$every" "$t/loose.json" "$full" "$tdx"
claim "... good ones among them" eval '[ "$(ls "$t/tries" | grep -c good)" -gt $((300 / every)) ]'
claim "... and bad ones" eval '[ "$(ls "$t/tries" | grep -c bad)" -gt $((3000 / every)) ]'
agree() {
	local f status odd=0
	for f in "$t/tries"/*; do
		"$check" policy lint "$f" --at 2026-01-01 >"$t/out" 2>"$t/err"
		status=$?
		case $f.$status in
		*.good.0 | *.bad.1) ;;
		*) [ $((odd += 1)) -gt 5 ] || { echo "# lint ends with $status: ${f##*.}" && head -c 300 "$f" && echo && head -3 "$t/out"; } | sed 's/^/# /' ;;
		esac
	done
	[ $odd -eq 0 ]
}
claim "the schema and the reader agree on each of them" agree
exit $failed
