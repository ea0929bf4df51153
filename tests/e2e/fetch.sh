#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/fetch-deb without a network: an apt and a mirror of this test's own stand in for the real
# ones. What it may not do: touch the system, leave half a folder, take a failure for a package.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
mkdir -p "$t/tree/scripts" "$t/bin" "$t/deb/DEBIAN" "$t/deb/usr/share/thing"
cp "$root/scripts/fetch-deb" "$t/tree/scripts/"
fetch=$t/tree/scripts/fetch-deb
cd "$t" || exit 1
export T=$t

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
		tail -n 10 out err calls 2>/dev/null | sed 's/^/# /'
	fi
}
run() { # $1 status expected, $2.. arguments
	local want=$1
	shift
	PATH=$t/bin:$PATH "$fetch" "$@" >out 2>err
	[ $? -eq "$want" ]
}
says() { grep -qF -- "$1" err; }
no_folder() { [ ! -e "$1" ] && [ -z "$(find . -name '.fetch-deb.*')" ]; }

if ! command -v dpkg-deb >/dev/null || ! command -v apt-get >/dev/null; then
	echo "ok 1 - scripts/fetch-deb # SKIP this machine has no apt"
	exit 0
fi
printf 'Package: thing\nVersion: 1.2\nArchitecture: all\nMaintainer: test\nDescription: test\n' >deb/DEBIAN/control
echo content >deb/usr/share/thing/file
dpkg-deb --root-owner-group -b deb thing.deb >/dev/null || exit 1

# An apt that knows two suites of one archive, writes down what it is asked, and has the package where
# mode allows: it is there (good), not before an update (stale), never (gone), offline.
cat >bin/apt-get <<'END'
#!/bin/bash
echo "apt-get $*" >>"$T/calls"
for w in "$@"; do case $w in indextargets | update | download) verb=$w ;; esac; done
case $verb in
indextargets) [ ! -e "$T/no-archive" ] && printf 'Other|Other|http://other/\nDebian|Debian-Security|http://sec/\nDebian|Debian|http://archive/debian/\n' ;;
update) [ "$(cat "$T/mode")" != stale ] || echo good >"$T/mode" ;;
download)
	[ "$(cat "$T/mode")" = good ] || { echo "E: Unable to locate package" >&2; exit 100; }
	cp "$T/thing.deb" ./thing_1.2_all.deb
	;;
esac
exit 0
END
cat >bin/apt-cache <<'END'
#!/bin/bash
[ "$(cat "$T/mode")" = good ] || exit 100
printf 'thing\n  PreDepends: first\n  Depends: second\n  Recommends: third\n'
END
chmod +x bin/apt-*

echo good >mode
check "no argument is wrong usage" run 2
check "an unknown option is wrong usage" run 2 --dep thing x
check "a package that is a path is wrong usage" run 2 ../thing x
check "a suite that is a path is wrong usage" run 2 thing/../../x x
check "a package is unpacked" run 0 thing x
check "... with its files" [ "$(cat x/usr/share/thing/file)" = content ]
check "... and its version" [ "$(cat x/.deb)" = "thing 1.2" ]
: >calls
check "once it is there, it stays" run 0 thing x
check "... and nobody is asked" [ ! -s calls ]
mkdir mine && touch mine/file
check "a folder of somebody else's is an error" run 1 thing mine
check "... and stays as it is" [ -e mine/file ]
mkdir into
check "--deb gives the package itself" run 0 --deb thing into
check "... whole" cmp -s thing.deb into/thing_1.2_all.deb
check "--depends names what it depends on" run 0 --depends thing
check "... that and no more" [ "$(tr '\n' ' ' <out)" = "first second " ]

: >calls
check "from another suite" run 0 thing/trixie-backports y
check "... of Debian's archive among the sources, no other" \
	grep -qE '^deb (\[signed-by=[^]]*\])? http://archive/debian/ trixie-backports main$' \
	tree/build/apt/trixie-backports/sources.list
check "... with lists of its own" grep -q "Dir::State::lists=$t/tree/build/apt/trixie-backports/lists" calls
check "no call of apt writes to the system's lists" \
	sh -c '! grep " update" calls | grep -v "Dir::State::lists=" | grep -q .'
check "another suite is another package" run 0 thing/trixie y
check "... which takes its place" grep -q '^thing/trixie 1.2$' y/.deb

echo stale >mode
check "lists that are too old are fetched once more" run 0 thing z
echo gone >mode
check "a package that is not there is an error" run 1 thing w
check "... that says so" says "thing cannot be had"
check "... with apt's reason" says "Unable to locate package"
check "... and leaves nothing" no_folder w
check "no list of dependencies either" run 1 --depends thing/trixie
touch no-archive
check "without Debian's archive among the sources, no other suite" run 1 thing/trixie-backports w
check "... which is said" says "Debian's archive"
echo "1..$n"
exit $failed
