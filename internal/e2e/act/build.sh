#!/usr/bin/env bash
# build.sh prints the path of a patched act. The binary is built once per machine,
# in $XDG_CACHE_HOME/tasc (or ~/.cache/tasc), under a name that says what it was built from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export GOWORK=off GOFLAGS=-mod=readonly

module=github.com/nektos/act
version=$(sed -n "s|^require $module ||p" go.mod)
patch=$PWD/act-$version.patch

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
key=$version-$(sha256 <"$patch" | cut -c1-16)-$(go env GOVERSION)
out=${XDG_CACHE_HOME:-$HOME/.cache}/tasc/act-$key/act
if [ -x "$out" ]; then
	echo "$out"
	exit
fi

# Without a version in the argument, the download is checked against go.sum.
if ! found=$(go mod download -json "$module"); then
	printf '%s\n' "$found" >&2
	echo "cannot download $module $version; to try again: (cd $PWD && go mod download -x $module)" >&2
	exit 1
fi
source=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$found")

mkdir -p "${out%/*}"
work=$(mktemp -d "${out%/*}/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -R "$source" "$work/act"
chmod -R u+w "$work/act"
cd "$work/act"
# The ceiling keeps git from taking the copy for a part of a repository around it.
GIT_CEILING_DIRECTORIES=$work git apply "$patch"
go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$work/built" .
mv "$work/built" "$out" # at once: another build may be running
echo "$out"
