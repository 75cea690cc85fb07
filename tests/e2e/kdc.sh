# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A Kerberos realm of the test's own: TEST.EXAMPLE, by a KDC of MIT Kerberos that needs no root and
# nothing of /etc. It lives in $work, and ends with the script, as all that $servers names. To be
# sourced after lib.sh, or where the script has these two itself.

# shellcheck disable=SC2154 # work is the other file's
kdc_dir=$work/kdc
kdc_realm=TEST.EXAMPLE

# Debian has the servers' programs in /usr/sbin, which is not in every PATH.
kdc_program()
{
    PATH=$PATH:/usr/sbin:/sbin command -v "$1"
}

# Whether the programs are here; a script can skip itself without.
has_kdc()
{
    kdc_program krb5kdc && kdc_program kdb5_util && kdc_program kadmin.local
} >/dev/null

# The files of the KDC and of its clients, for the port $1 of the loopback.
write_kdc_files()
{
    cat >"$kdc_dir/krb5.conf" <<CONF
[libdefaults]
    default_realm = $kdc_realm
    dns_lookup_realm = false
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
[realms]
    $kdc_realm = {
        kdc = 127.0.0.1:$1
    }
[domain_realm]
    localhost = $kdc_realm
    .example = $kdc_realm
CONF
    cat >"$kdc_dir/kdc.conf" <<CONF
[kdcdefaults]
    kdc_listen = ""
    kdc_tcp_listen = 127.0.0.1:$1
[realms]
    $kdc_realm = {
        database_name = $kdc_dir/principal
        key_stash_file = $kdc_dir/stash
        acl_file = $kdc_dir/kadm5.acl
        max_life = 1h
    }
[logging]
    kdc = FILE:$kdc_dir/log
    admin_server = FILE:$kdc_dir/log
    default = FILE:$kdc_dir/log
CONF
}

kdc_is_up()
{
    grep -q 'commencing operation' "$kdc_dir/log" 2>/dev/null
}

# Up, or ended: there is nothing more to wait for.
kdc_is_decided()
{
    kdc_is_up || ! kill -0 "$kdc_pid" 2>/dev/null
}

# Another program may take the port first: then another port is tried.
try_kdc()
{
    local port=$((20000 + RANDOM % 12000)) limit=$((SECONDS + 20))
    rm -f "$kdc_dir/log"
    write_kdc_files "$port"
    setpriv --pdeathsig TERM "$(kdc_program krb5kdc)" -n -r "$kdc_realm" -P "$kdc_dir/pid" \
        >>"$kdc_dir/output" 2>&1 9>&- &
    kdc_pid=$!
    until kdc_is_decided || [ $SECONDS -ge $limit ]; do
        sleep 0.05
    done
    kdc_is_up && return
    stop_kdc
    return 1
}

# start_kdc: the realm, with the principals that the tests have and their keytabs in
# $kdc_dir/http.keytab and $kdc_dir/host.keytab. What is started afterwards uses it.
start_kdc()
{
    local tries
    mkdir -p "$kdc_dir"
    export KRB5_CONFIG=$kdc_dir/krb5.conf KRB5_KDC_PROFILE=$kdc_dir/kdc.conf
    write_kdc_files 0
    if ! { "$(kdc_program kdb5_util)" -r "$kdc_realm" create -s -P master &&
        add_principal HTTP/localhost http.keytab &&
        add_principal host/client.example host.keytab; } >"$kdc_dir/output" 2>&1; then
        echo "Bail out! the Kerberos realm cannot be made: $(tail -n 1 "$kdc_dir/output")"
        exit 1
    fi
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        if try_kdc; then
            servers+=("$kdc_pid")
            return
        fi
    done
    echo "Bail out! the KDC does not start, $tries times: $(tail -n 1 "$kdc_dir/log" "$kdc_dir/output")"
    exit 1
}

# add_principal NAME KEYTAB [OPTION...]: a principal with a random key, which is added to
# $kdc_dir/KEYTAB.
add_principal()
{
    local name=$1 keytab=$2
    shift 2
    "$(kdc_program kadmin.local)" -r "$kdc_realm" add_principal -randkey "$@" "$name@$kdc_realm" &&
        "$(kdc_program kadmin.local)" -r "$kdc_realm" ktadd -k "$kdc_dir/$keytab" \
            "$name@$kdc_realm"
}

stop_kdc()
{
    kill "$kdc_pid" 2>/dev/null
    wait "$kdc_pid" 2>/dev/null
    return 0
}
