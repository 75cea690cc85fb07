# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # with e2e/lib.sh, which comes later, and the script
# What the tests of the two packages share: a machine to install into, the distribution archive, and
# what a package must do from its installation to its removal.

packages=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$packages/../tap.sh"

: "${KEYFACTOR_SUBMIT:?is the path of the helper}"
builddir=$(dirname "$KEYFACTOR_SUBMIT")
srcdir=${srcdir:-.}
unset MAKEFLAGS MFLAGS MAKELEVEL

# A test that takes minutes runs only when it is asked for.
on_request()
{
    [ "${KEYFACTOR_PACKAGES:-}" = yes ] || skip_all "make check-packages runs it"
}

# need PROGRAM...
need()
{
    local program
    for program; do
        command -v "$program" >/dev/null || skip_all "$program is not here"
    done
}

# Runs the script once more, in a machine that it may change. A machine that is nobody's says so by
# KEYFACTOR_SCRATCH_MACHINE=yes.
enter_scratch_machine()
{
    need certmonger dbus-daemon
    [ "$(id -u)" = 0 ] || skip_all "only root can install a package"
    [ "${KEYFACTOR_SCRATCH_MACHINE:-}" != yes ] || return 0
    unshare --mount --pid --fork bash "$packages/scratch-machine" true 2>/dev/null ||
        skip_all "no scratch copy of this machine can be made (KEYFACTOR_SCRATCH_MACHINE=yes: it is one)"
    exec unshare --mount --pid --fork --kill-child bash "$packages/scratch-machine" \
        bash "$(readlink -f "$0")"
}

# must COMMAND...: a step that the rest cannot do without.
must()
{
    "$@" >"$work/must.log" 2>&1 && return
    tail -n 40 "$work/must.log" | sed 's/^/# /'
    echo "Bail out! failed: $*"
    exit 1
}

# $archive, as `make dist` makes it, but in $work.
make_archive()
{
    name=certmonger-keyfactor-$(sed -n 's/^PACKAGE_VERSION = //p' "$builddir/Makefile")
    archive=$work/$name.tar.gz
    must make -C "$builddir" distdir distdir="$work/$name"
    must tar -C "$work" --owner=0 --group=0 -czf "$archive" "$name"
}

#
# A machine with certmonger
#
conf=/etc/certmonger/keyfactor.conf
state=/var/lib/certmonger/keyfactor
cas=/var/lib/certmonger/cas

# The system's bus and the system's certmonger, as at the start of the machine.
start_system()
{
    mkdir -p /run/dbus /run/certmonger
    rm -f /run/dbus/pid
    dbus-daemon --system --nofork --nopidfile 2>"$work/dbus.log" &
    servers[$!]=$!
    must wait_until 60 test -S /run/dbus/system_bus_socket
    certmonger -S -n -p /run/certmonger.pid 2>"$work/certmonger.log" &
    servers[$!]=$!
    must wait_until 60 test -s /run/certmonger.pid
    must wait_until 60 getcert list-cas
}

in_file()
{
    grep -qsxF "ca_external_helper=$helper" $cas/*
}

in_daemon()
{
    getcert list-cas -c keyfactor | grep -qF "helper-location: $helper"
}

not()
{
    ! "$@"
}

mode()
{
    stat -c '%a %U %G' "$1"
}

# The script defines install_package, upgrade_package and remove_package, and sets helper to where
# the package has it.
check_without_daemon()
{
    ok "it installs where no daemon runs" install_package
    ok "... the CA is in a file for the daemon" in_file
    same "... that only root can read" "$(mode "$cas/keyfactor")" "600 root root"
    same "... so is the configuration" "$(mode $conf)" "600 root root"
    same "... its folder" "$(mode $conf.d)" "700 root root"
    same "... and the state" "$(mode $state)" "700 root root"
    ok "it is removed where no daemon runs" remove_package
    ok "... with the CA" not in_file
    ok "... and the helper" test ! -e "$helper"
    ok "it installs again" install_package
    ok "... the CA is back" in_file
}

check_enrollment()
{
    start_system
    ok "a daemon that starts later knows the CA" in_daemon
    start_server main
    config=$conf
    write_config 'template = WebServer'
    sed -i '/^state-directory = /d' $conf
    ok "getcert request" request web -c keyfactor -T WebServer -N CN=web.example.com
    ok "the installed helper gets a certificate" reaches web MONITORING
    ok "... from the server" openssl verify -CAfile "$server_dir/root.pem" \
        -untrusted "$server_dir/issuing.pem" "$work/web.pem"
    ok "... and notes it in the state folder" \
        test -n "$(find $state -name 'sent-*')"
}

check_upgrade()
{
    local before
    echo '[second]' >$conf.d/second.conf
    chmod 0600 $conf.d/second.conf
    getcert remove-ca -c keyfactor >/dev/null
    before=$(cat $conf $conf.d/second.conf $state/sent-*)
    ok "it is upgraded" upgrade_package
    same "... configuration and state are as they were" \
        "$(cat $conf $conf.d/second.conf $state/sent-*)" "$before"
    same "... as is who may read them" "$(mode $conf)" "600 root root"
    ok "... and a CA that was taken away does not come back" not in_file
}

check_with_daemon()
{
    ok "it is removed where a daemon runs" remove_package
    ok "... and the request is still tracked" getcert list -i web
    ok "it installs where a daemon runs" install_package
    ok "... which knows the CA at once" in_daemon
    must getcert add-ca -c other -e "$helper --config $conf"
    ok "it is removed" remove_package
    ok "... with its CA" not in_daemon
    ok "... but not with one that somebody else has added" \
        grep -qx id=other -r $cas
    getcert remove-ca -c other >/dev/null
}

check_life()
{
    check_without_daemon
    check_enrollment
    check_upgrade
    check_with_daemon
}
