#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# deb.sh VERSION SERIES: `make deb`. Makes three packages in $BUILD/deb of what `make install` installs: aemp, the tool; libaemp
# with the shared library; libaemp-dev, all else that programs are built with. $MAKE_INSTALL is the command, without DESTDIR.
# The same tree gives the same bytes: files have the time of the last change of CHANGELOG.md, or $SOURCE_DATE_EPOCH.
set -eu

version=${1:?usage: deb.sh VERSION SERIES} series=${2:?usage: deb.sh VERSION SERIES}
: "${BUILD:?}" "${MAKE_INSTALL:?}"
for tool in dpkg-deb strip gzip; do
  command -v $tool >/dev/null || { echo "deb.sh: $tool is not there: install dpkg and binutils" >&2; exit 1; }
done
arch=$(dpkg --print-architecture)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || "${CXX:-g++}" -print-multiarch)
libdir=lib/$multiarch
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date -r CHANGELOG.md +%s)}
export SOURCE_DATE_EPOCH
out=$BUILD/deb
rm -rf "$out"
mkdir -p "$out"
umask 022

$MAKE_INSTALL DESTDIR="$out/all" PREFIX=/usr LIBDIR="$libdir" >/dev/null
find "$out/all" -path '*/man/*' -type f -exec gzip -9n {} +
strip --strip-unneeded "$out/all/usr/bin/aemp" "$out/all/usr/$libdir"/libaemp.so.*
strip --strip-debug --enable-deterministic-archives "$out/all/usr/$libdir/libaemp.a"

# take PACKAGE PATTERN...: moves these from what was installed.
take() {
  package=$1
  shift
  for pattern in "$@"; do
    (cd "$out/all" && find . -path "./usr/$pattern" \( -type f -o -type l \)) | while read -r file; do
      mkdir -p "$out/$package/$(dirname "$file")"
      mv "$out/all/$file" "$out/$package/$file"
    done
  done
}
take libaemp "$libdir/libaemp.so.*"
take libaemp-dev "$libdir/*" 'include/*' 'share/man/man3/*' 'share/man/man7/*'
take aemp '*'

# The versions of the system's libraries that these files need at least are those of the system they are built on.
system() { dpkg-query -W -f '${Version}' "$1" | sed 's/-.*//'; }
depends="libc6 (>= $(system libc6)), libgcc-s1, libstdc++6 (>= $(system libstdc++6))"

pack() {  # pack PACKAGE SECTION DEPENDS SUMMARY: the long description is on standard input
  root=$out/$1
  mkdir -p "$root/DEBIAN" "$root/usr/share/doc/$1"
  cp LICENSE "$root/usr/share/doc/$1/copyright"
  gzip -9nc CHANGELOG.md >"$root/usr/share/doc/$1/changelog.gz"
  {
    printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$1" "$version" "$arch"
    printf 'Maintainer: the aemp authors <aemp@localhost>\nSection: %s\nPriority: optional\n' "$2"
    [ -z "$3" ] || printf 'Depends: %s\n' "$3"
    printf 'Installed-Size: %s\n' "$(du -sk --apparent-size "$root/usr" | cut -f 1)"
    printf 'Description: %s\n' "$4"
    sed 's/^/ /'
  } >"$root/DEBIAN/control"
  (cd "$root" && find usr -type f -exec md5sum {} + | LC_ALL=C sort -k 2) >"$root/DEBIAN/md5sums"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz --build "$root" "$out/$1_${version}_$arch.deb" >/dev/null
  echo "$out/$1_${version}_$arch.deb"
}

mkdir -p "$out/libaemp/DEBIAN" "$out/aemp/DEBIAN"
echo "libaemp $series libaemp (>= $version)" >"$out/libaemp/DEBIAN/shlibs"
echo 'activate-noawait ldconfig' >"$out/libaemp/DEBIAN/triggers"
cat >"$out/aemp/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  if command -v systemd-sysusers >/dev/null; then systemd-sysusers aemp.conf || true; fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
fi
END
cat >"$out/aemp/DEBIAN/postrm" <<'END'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
END
chmod 755 "$out/aemp/DEBIAN/postinst" "$out/aemp/DEBIAN/postrm"

pack libaemp libs "$depends" 'message passing between C++ programs, Erlang style' <<'END'
A node is a process, a port a destination for messages; ports anywhere can
be sent to, monitored, spawned and killed. Links are encrypted.
.
The shared library.
END
pack libaemp-dev libdevel "libaemp (= $version)" 'message passing between C++ programs, Erlang style (development)' <<'END'
A node is a process, a port a destination for messages; ports anywhere can
be sent to, monitored, spawned and killed. Links are encrypted.
.
Headers, the static library, and the manual pages of the library.
END
pack aemp net "$depends" 'nodes that pass messages, and a tool to look at them' <<'END'
Runs a node of a network of aemp and watches over it, sends messages, calls
functions, shows who is connected to whom, and makes secrets and keys.
END
left=$(cd "$out/all" && find . -type f -o -type l)
[ -z "$left" ] || { echo "deb.sh: in no package: $left" >&2; exit 1; }
