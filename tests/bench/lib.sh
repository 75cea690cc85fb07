# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the commands of this folder share: the programs of a build, and the system's trust store,
# covered by a copy that has the simulator's CA as well.

# use_build BUILD: what is measured, and what measures, is there.
use_build()
{
    build=$(cd "$1" && pwd)
    # In make check all of it is there.
    [ -n "${KEYFACTOR_SUBMIT:-}" ] ||
        make -s -C "$build" all keyfactor-simulator keyfactor-bench keyfactor-floor keyfactor-load >&2 || return
    export KEYFACTOR_SUBMIT=$build/keyfactor-submit KEYFACTOR_SIMULATOR=$build/keyfactor-simulator
}

# The system's CAs, one file.
system_bundle()
{
    local bundle
    for bundle in "$(curl-config --ca 2>/dev/null)" /etc/ssl/certs/ca-certificates.crt \
        /etc/pki/tls/certs/ca-bundle.crt; do
        [ ! -e "$bundle" ] || break
    done
    echo "$bundle"
}

# copy_trust CA_FILE FOLDER: FOLDER/bundle.pem and the hashed folder FOLDER/certs/ have the system's
# CAs and that of CA_FILE.
copy_trust()
{
    mkdir -p "$2/certs"
    cat "$(system_bundle)" "$1" >"$2/bundle.pem"
    csplit -s -z -n 4 -f "$2/certs/ca-" -b %04d.pem "$2/bundle.pem" \
        '/-----BEGIN CERTIFICATE-----/' '{*}'
    openssl rehash "$2/certs" 2>/dev/null
}

# cover_trust FOLDER: puts what copy_trust made over the system's own, for this script and what it
# starts: in a mount namespace of its own (own_mounts). False where that is not allowed.
cover_trust()
{
    local bundle folder name
    [ -n "${KEYFACTOR_OWN_MOUNTS:-}" ] || return
    bundle=$(system_bundle)
    folder=$(realpath -e "$(openssl version -d | sed 's/.*"\(.*\)"/\1/')/certs") || return
    for name in "$bundle" "$(realpath "$bundle")"; do
        cp "$1/bundle.pem" "$1/certs/${name##*/}"
    done
    mount --bind "$1/bundle.pem" "$(realpath "$bundle")" && mount --bind "$1/certs" "$folder"
}

# own_mounts COMMAND...: becomes COMMAND in a mount namespace of its own, unless it is in one, or
# none is allowed.
own_mounts()
{
    [ -z "${KEYFACTOR_OWN_MOUNTS+set}" ] || return 0
    if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
        KEYFACTOR_OWN_MOUNTS=yes exec unshare -m "$@"
    fi
    KEYFACTOR_OWN_MOUNTS=''
}
