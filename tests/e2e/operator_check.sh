#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-vmm check on this machine and in the box, under its two kernels: what it says, held against what
# other programs see.
# The machines that neither is are tests/unit/test_check.c's.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
B=${B:-build}
case $B in /*) ;; *) B=$root/$B ;; esac
vmm=$B/bin/hc-vmm
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1
export ASAN_OPTIONS=detect_leaks=0

. "$root/tests/e2e/claims.bash"
evidence() { cat out err | head -40; }
skip() { # $1 claim, $2 why
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
ends() { # $1 status, $2.. options
	local status=$1
	shift
	timeout -s KILL 60 "$vmm" check "$@" >out 2>err
	[ $? -eq "$status" ]
}
field() { # $1 file, $2 jq filter
	jq -r "$2" "$1"
}
finding() { # $1 file, $2 id, $3 member
	jq -r --arg id "$2" "first(.findings[] | select(.id == \$id)).$3" "$1"
}

claim "an unknown option is wrong usage" ends 3 --jsno
claim "an unknown platform is wrong usage" ends 3 --platform snp
claim "... and those that there are are named" grep -q "sev-snp" err
claim "an argument too many is wrong usage" ends 3 now
claim "a configuration that is not there is wrong usage" ends 3 --config absent
full() {
	"$vmm" check >/dev/full 2>err
	[ $? -eq 1 ] && grep -q "standard output" err
}
claim "a report that cannot be printed is an error" full

kernel_of() { # $1 box or newer: the folder of its kernel
	echo "$root/build/node$([ "$1" = box ] || echo -backports)"
}
for where in here box newer; do
	if [ $where != here ] && [ ! -s "$(kernel_of $where)/vmlinux" ] &&
		{ [ $where = newer ] || [ -z "${CI:-}" ]; }; then
		skip "in the box, kernel of $(kernel_of $where)" "scripts/setup could not fetch it, or did not run"
		continue
	fi
	if [ $where = here ]; then
		"$vmm" check --json >here.json 2>err
		echo $? >here.status
		"$vmm" check >here.txt 2>>err
		uname -r >here.uname
		grep -m1 -oE '\b(svm|vmx)\b' /proc/cpuinfo >here.virt
		ls -d /sys/module/kvm_{amd,intel,pvm} 2>/dev/null | sed 's|.*/||' >here.module
		[ -r /dev/kvm ] && [ -w /dev/kvm ] && : >here.kvm
	else
		cat >inside <<-END
			"$vmm" check --json >$where.json
			echo \$? >$where.status
			"$vmm" check >$where.txt
			uname -r >$where.uname
			grep -m1 -oE '\\b(svm|vmx)\\b' /proc/cpuinfo >$where.virt
			ls -d /sys/module/kvm_{amd,intel,pvm} 2>/dev/null | sed 's|.*/||' >$where.module
			[ -r /dev/kvm ] && [ -w /dev/kvm ] && : >$where.kvm
			"$vmm" check --platform sev-snp >/dev/null
			echo \$? >$where.snp
			exit 0
		END
		get=()
		for f in json status txt uname virt module kvm snp; do get+=(--get "$where.$f:$where.$f"); done
		HC_NODE=box HC_NODE_KERNEL=$([ $where = box ] || echo backports) \
			"$root/scripts/node" --timeout 100 "${get[@]}" -- bash inside >out 2>err ||
			{ claim "the box runs" false; continue; }
	fi
	f=$where.json
	claim "$where: it is JSON with a verdict for each platform" \
		[ "$(field $f '[.platforms[].name] | join(" ")')" = "plain sim-snp sev-snp tdx" ]
	claim "$where: the kernel's version is the kernel's" \
		grep -qF -- "$(cat $where.uname)" <(finding $f kernel.version found)
	claim "$where: the exit status is plain's verdict" \
		[ "$(cat $where.status)" -eq "$(field $f '.platforms[0].starts_guests | if . then 0 else 1 end')" ]
	# Two runs: on a busy machine, one may find the loop of kvm.speed slow, a limit, and the other not.
	claim "$where: the words give the same verdicts" diff \
		<(field $f '.platforms[] | .name + " " + .verdict' | sed 's/ with limits//') \
		<(head -4 $where.txt | sed -E 's/ +/ /; s/ {2,}.*//; s/ *$//; s/ with limits//')
	claim "$where: each reason of a verdict is a finding" \
		[ "$(field $f '[.platforms[].because[]] - [.findings[].id] | length')" = 0 ]
	if [ -e $where.kvm ]; then
		claim "$where: /dev/kvm opens" [ "$(finding $f kvm.device outcome)" = ok ]
		claim "$where: the module is the one that is loaded" \
			grep -qF -- "$(head -1 $where.module)" <(finding $f kvm.module found)
	else
		claim "$where: /dev/kvm does not open" [ "$(finding $f kvm.device outcome)" = missing ]
	fi
	if [ -e $where.kvm ] && [ ! -s $where.virt ]; then
		claim "$where: without svm and vmx, guests' kernels are slow" \
			[ "$(finding $f kvm.speed outcome)" = limit ]
	fi
done
for f in box newer; do
	[ -s $f.json ] || continue
	claim "$f: plain is usable, its speed apart" \
		[ "$(field $f.json '.platforms[0] | "\(.starts_guests) \(.because - ["kvm.speed"])"')" = "true []" ]
	claim "$f: SEV-SNP is not, for its processor has none" \
		[ "$(finding $f.json snp.processor outcome)" = missing ]
	claim "$f: ... since it is a virtual one" \
		grep -q TCGTCGTCGTCG <(finding $f.json cpu.virtual-machine found)
	claim "$f: ... which is what is advised about" \
		grep -q "machine of metal" <(finding $f.json snp.processor remedy)
	claim "$f: asked for it, status 1" [ "$(cat $f.snp)" = 1 ]
	claim "$f: a guest_memfd can be mapped, or not" [ "$(finding $f.json kvm.mapped-memory found)" = \
		"$([ $f = box ] && [ "$(cut -d. -f1 box.uname)" = 6 ] && echo "0x0: no guest_memfd that can be mapped" ||
			echo "0x3: a guest_memfd can be mapped")" ]
	claim "$f: TDX is not, for its processor is AMD's" \
		[ "$(finding $f.json tdx.processor found)" = AuthenticAMD ]
done

if python3 -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
	schema() {
		python3 -c 'import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
valid = jsonschema.Draft202012Validator(schema)
for f in sys.argv[2:]:
    valid.validate(json.load(open(f)))' "$root/docs/check.schema.json" "$@" 2>err
	}
	claim "the schema takes what is printed" schema ./*.json
	jq '.findings[0].outcome = "fine"' here.json >bad
	not_schema() { ! schema "$1"; }
	claim "... and nothing else" not_schema bad
	jq '.findings[0].id = "kernel.weather"' here.json >bad
	claim "... no other identifier" not_schema bad
else
	skip "the schema" "python3-jsonschema is not installed"
fi

claim "the schema's identifiers are those that are made" diff \
	<(jq -r '."$defs".id.enum[]' "$root/docs/check.schema.json" | sort) \
	<(sed -nE 's/.*(report_add|group_misc|judge_vm_type)\(r, "([a-z-]+\.[a-z-]+)".*/\2/p' "$root"/vmm/check/judge_*.c | sort -u)

# A guest's configuration: its platform, and whether it fits.
cat >guest.json <<-END
	{"boot-source": {"kernel_image_path": "k"}, "machine-config": {"mem_size_mib": 520192}}
END
if [ "$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)" -lt 520192 ]; then
	claim "a guest of 508 GiB does not fit" ends 1 --config guest.json --json
	claim "... and that is said" [ "$(finding out memory.ram outcome)" = missing ]
	claim "... of its platform alone" [ "$(field out '[.platforms[].name] | join(" ")')" = plain ]
else
	skip "a guest that does not fit" "this machine has memory for the largest there can be"
fi
exit $failed
