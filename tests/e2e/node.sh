#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/node: what goes in and comes back, in a box and directly, and how it ends. The box is forced
# where the probe would choose otherwise, so that it is tested on machines with a fast KVM too.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
node=$root/scripts/node
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
# Boxes have their temporary files where a space and a comma (special to QEMU) are in the path.
t="$top/a space, a comma"
mkdir -p "$t/tmp"
export TMPDIR=$t/tmp
cd "$t" || exit 1

n=0 failed=0
check() { # $1 claim, $2.. a command that holds when the claim does
	local claim=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $claim"
	else
		echo "not ok $n - $claim"
		failed=1
		tail -n 20 ./*.out ./*.err 2>/dev/null | sed 's/^/# /'
	fi
}
status_is() { # $1 expected, $2 file
	[ "$(cat "$2")" = "$1" ]
}
in_background() { # $1 name, $2.. arguments of scripts/node
	local name=$1
	shift
	"$node" "$@" >"$name.out" 2>"$name.err" &
	eval "pid_$name=$!"
}
end_of() { # $1 name
	local pid=pid_$1
	wait "${!pid}"
	echo $? >"$1.status"
}

# Refusals, before anything is started.
HC_NODE=native "$node" --memroy 5 -- true >u.out 2>u.err
echo $? >u.status
check "unknown option is refused by name" grep -q 'unknown option --memroy' u.err
check "unknown option ends with status 2" status_is 2 u.status
HC_NODE=native "$node" --cpus 2 -- >u.out 2>u.err
echo $? >u.status
check "missing command is refused" grep -q 'no command' u.err
check "missing command ends with status 2" status_is 2 u.status
HC_NODE=native "$node" --cpus 2x -- true >u.out 2>u.err
echo $? >u.status
check "a number that is none is refused" status_is 2 u.status
HC_NODE=native "$node" --add ./absent:/tmp/x -- touch ran >u.out 2>u.err
echo $? >u.status
check "file to add that is not there is refused" status_is 125 u.status
check "... before the command runs" test ! -e ran
HC_NODE=elsewhere "$node" -- true >u.out 2>u.err
echo $? >u.status
check "unknown HC_NODE is refused" status_is 2 u.status
"$node" --kernel ../node -- true >u.out 2>u.err
echo $? >u.status
check "a kernel that is no name is refused" status_is 2 u.status

# The box, with a second one beside it that hangs.
head -c 1048576 /dev/urandom >random
echo "a file put in" >note
cat >inside <<'END'
echo "words on stdout, $GREETING, $1"
echo "words on stderr" >&2
echo "reopened" >/dev/stderr
[ "$(cat sub/added)" = "a file put in" ] && echo "file added"
cat random random >doubled
touch "$LEFTOVER"
ifconfig lo 2>/dev/null | grep -q 127.0.0.1 || ip addr show lo | grep -q 127.0.0.1 || cat /proc/net/fib_trie | grep -q 127.0.0.1
socat -u TCP-LISTEN:7777,bind=127.0.0.1 CREATE:received &
for _ in 1 2 3 4 5 6 7 8 9 10; do
	sleep 0.2
	echo "over loopback" | socat -u - TCP:127.0.0.1:7777 2>/dev/null && break
done
wait
cat received
echo "KVM: $(probe)"
echo "probe status $?"
read -r line && echo "stdin gave $line"
exit 7
END
"${CC:-cc}" -O2 -o probe "$root/scripts/box/kvm-probe.c" || exit 1
HC_NODE=box in_background hung --timeout 3 --memory 512 --cpus 1 -- bash -c 'echo started; sleep 1000'
GREETING="the host's \"greeting\"" LEFTOVER=$t/leftover PATH=$t:$PATH HC_NODE=box \
	in_background main --timeout 120 --add note:sub/added --get doubled:fetched \
	--get absent:nothing -- bash inside "two words" </etc/passwd
end_of hung
end_of main
check "the box passes the exit status on" status_is 7 main.status
check "stdout, environment and arguments arrive" \
	grep -qx "words on stdout, the host's \"greeting\", two words" main.out
check "stderr arrives" grep -qx "words on stderr" main.err
check "... not on stdout" sh -c '! grep -q "words on stderr" main.out'
check "stderr can be opened again" grep -qx "reopened" main.err
check "stdout holds nothing but the command's" sh -c '[ "$(wc -l <main.out)" -eq 5 ]'
check "a file is put in" grep -qx "file added" main.out
check "2 MiB of random data come back unchanged" sh -c 'cat random random | cmp - fetched'
check "a file that cannot be fetched is named" grep -q 'node: --get absent:nothing' main.err
check "what the box writes stays in the box" test ! -e "$t/leftover" -a ! -e doubled
check "loopback works in the box" grep -qx "over loopback" main.out
check "/dev/kvm in the box runs a guest at speed" \
	grep -qE '^KVM: [0-9.]+ M loops/s .* with cmpxchg16b$' main.out
check "... by the probe's own judgement" grep -qx "probe status 0" main.out
check "standard input is empty in the box" sh -c '! grep -q "stdin gave" main.out'
check "where it ran is said" grep -q '^node: running in a box' main.err
check "how long the box took to come up is said" grep -qE '^node: box up after [0-9.]+ s$' main.err
check "a hung command is ended with status 124" status_is 124 hung.status
check "... and the reason" grep -q 'did not end within 3 s' hung.err
check "... in no more lines than that" sh -c '[ "$(wc -l <hung.err)" -eq 3 ]'
check "... and the output it had" grep -qx started hung.out

# The other kernel, where set-up could fetch it.
newer="with --kernel, the box runs the kernel of build/node-backports"
if [ -s "$root/build/node-backports/vmlinux" ]; then
	"$node" --kernel backports --memory 512 -- uname -r >k.out 2>k.err
	check "$newer" sh -c '[ "linux-image-$(cat k.out)" = "$(cut -d" " -f1 "$0")" ]' "$root/build/node-backports/stamp"
else
	n=$((n + 1))
	echo "ok $n - $newer # SKIP scripts/setup could not fetch it"
fi

# A box ended from outside leaves nothing.
HC_NODE=box in_background killed --memory 512 -- sleep 1000
for _ in $(seq 100); do
	grep -qs -a "$TMPDIR/" /proc/[0-9]*/cmdline && break
	sleep 0.1
done
sleep 1
running() { grep -lsa "hc-node[.].*/console" /proc/[0-9]*/cmdline | xargs -r grep -la "$(basename "$top")"; }
check "a box runs under QEMU" test -n "$(running)"
kill -TERM "$pid_killed"
end_of killed
sleep 0.2
check "SIGTERM ends with status 143" status_is 143 killed.status
check "... and ends QEMU" test -z "$(running)"
check "no temporary file is left by any of them" test -z "$(ls -A "$TMPDIR")"

# Directly: the same promises.
HC_NODE=native "$node" --add note:sub/added --get sub/added:copy -- \
	sh -c 'cat sub/added; echo e >&2; exit 9' >d.out 2>d.err
echo $? >d.status
check "directly, the exit status is passed on" status_is 9 d.status
check "directly, a file is put in" grep -qx "a file put in" d.out
check "directly, a file is fetched" cmp -s note copy
check "directly, what was put in is taken away" test ! -e sub/added
check "directly, where it ran is said" grep -q '^node: running directly' d.err
echo other >other
HC_NODE=native "$node" --add note:other -- true >d.out 2>d.err
echo $? >d.status
check "directly, no file is overwritten" sh -c 'grep -q exists d.err && [ "$(cat other)" = other ]'
HC_NODE=native "$node" --timeout 1 -- sleep 1000 >d.out 2>d.err
echo $? >d.status
check "directly, a hung command is ended with status 124" status_is 124 d.status
check "... and the reason" grep -q 'did not end within 1 s' d.err

echo "1..$n"
exit $failed
