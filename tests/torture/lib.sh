# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the two scripts share: the operations that are tortured, one after the other, in a process of
# a test program that runs the helper again and again (torture.c).
#
# KF_TORTURE=all tries each and every fault, KF_TORTURE=N all those of the helper's own allocations and
# about N others of each kind, KF_TORTURE=sample a few of each; KF_TORTURE_PHASE=N repeats one sample;
# KF_TORTURE_SCENARIOS=REGEX leaves out others.

# fsync() on a disk would take longer than all the rest of a run.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

[ -n "${KF_TORTURE:-}" ] || skip_all "run by make check-torture (KF_TORTURE=sample)"

torture=${KEYFACTOR_TORTURE:-$(dirname "$helper")/keyfactor-torture}
preload=$(realpath "${KEYFACTOR_FAIL_ALLOCATION:-$(dirname "$helper")/tests/torture/fail_allocation.so}")
export KF_TORTURE_PHASE=${KF_TORTURE_PHASE:-$((RANDOM % 10000))}
[ "$KF_TORTURE" = all ] || echo "# KF_TORTURE_PHASE=$KF_TORTURE_PHASE"

# AddressSanitizer wants to be loaded first; where it is in the program itself, nothing can come
# between the program and its allocations.
sanitizer=$(ldd "$helper" | sed -n 's/.*libasan[^ ]* => \([^ ]*\) .*/\1/p')
if [ -n "$sanitizer" ]; then
    preload=$preload:$sanitizer
    # Who is put into a sandbox ends without telling of leaks.
    sandbox=no
elif nm "$helper" 2>/dev/null | grep -q ' __asan_init$'; then
    skip_all "AddressSanitizer is in the program: build with gcc, or without"
fi

# Crashes of libraries are the helper's to catch.
asan_options=verify_asan_link_order=0:allocator_may_return_null=1
asan_options+=:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0

# try MODE NAME ENDING OPERATION [VARIABLE=VALUE...]: tortures one operation; MODE, ENDING: see
# torture.c and scenario.h.
try()
{
    local mode=$1 name=$2 ending=$3 operation=$4 summary result
    shift 4
    summary=$(env -i HOME="$work" TMPDIR="$work" PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:$asan_options" \
        LSAN_OPTIONS="suppressions=$(dirname "${BASH_SOURCE[0]}")/leaks.supp:print_suppressions=0" \
        KF_TORTURE="$KF_TORTURE" KF_TORTURE_PHASE="$KF_TORTURE_PHASE" \
        CERTMONGER_CA_NICKNAME=keyfactor CERTMONGER_OPERATION="$operation" "$@" \
        "$torture" --name "$name" --ending "$ending" --helper "$helper" --config "$config" \
        --state "$work/state" --server "$server_dir" --preload "$preload" "$mode" 2>"$err")
    result=$?
    ok "${summary:-$name}" ended_well $result
}

ended_well()
{
    [ "$1" = 0 ] && return
    cat "$err"
    return 1
}

# The lines of every configuration here: a fault costs no more time than it must.
quick=('timeout = 5' 'retry-interval = 1' 'retry-interval-max = 1' 'poll-interval = 1')

# keep_pending [DECISION]: a request that waits at the CA, or is decided; its cookie is in $cookie.
keep_pending()
{
    local id
    make_csr kept -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=kept.example.com"
    submit kept
    cookie=$(sed -n 2p "$out")
    id=$(sed -n '2s/.*,request=\([0-9]*\),.*/\1/p' "$out")
    [ $# = 0 ] || server POST "requests/$id" "$1" >/dev/null
}

# Thousands of requests come: to write down the state after each would take longer each time.
templates='"keep_state": false,
    "templates": [{"name": "WebServerEC", "key_type": "EC", "key_size": 256},
    {"name": "ManualApproval", "key_type": "EC", "key_size": 256, "requires_approval": true}]'

submit_issued()
{
    start_server issued "{$templates}"
    write_config "${quick[@]}" 'template = WebServerEC'
    try "$1" "SUBMIT issued" issued SUBMIT
}

# The run before sent the request, and was killed: its note is all there is, and a certificate.
submit_again()
{
    start_server again "{$templates}"
    write_config "${quick[@]}" 'template = WebServerEC'
    make_csr kept -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=kept.example.com"
    submit kept
    sed -i -E "s/^([0-9]+) .*/\1 $(($(date +%s) - 3600)) /" "$work"/state/sent-*
    try "$1" "SUBMIT after a lost answer" issued SUBMIT CERTMONGER_CSR="$(cat "$work/kept.csr")"
}

submit_issued_rest()
{
    local api=rest check_key=yes
    start_server rest "{$templates, \"product_version\": \"25.1\", \"apis\": [\"rest\"]}"
    write_config "${quick[@]}" 'template = WebServerEC' 'reconcile-metadata = CsrHash'
    try "$1" "SUBMIT issued, Keyfactor API" issued SUBMIT
}

submit_issued_oauth()
{
    start_server oauth "{$templates, \"authentication\": [\"bearer\"], \"oauth_clients\": [
        {\"id\": \"certmonger\", \"secret\": \"simulator-client-secret\"}]}"
    secret_file client-secret simulator-client-secret
    write_login "${quick[@]}" 'template = WebServerEC' 'auth = oauth' 'client-id = certmonger' \
        "token-url = $server_url/oauth2/token" "client-secret-file = $work/client-secret"
    sed -i 's/^template = WebServer$//' "$config"
    try "$1" "SUBMIT issued, OAuth" issued SUBMIT
}

submit_pending()
{
    start_server pending "{$templates}"
    write_config "${quick[@]}" 'template = ManualApproval'
    try "$1" "SUBMIT pending" pending SUBMIT
}

submit_rejected()
{
    start_server rejected "{$templates}"
    write_config "${quick[@]}" 'template = NoSuchTemplate'
    try "$1" "SUBMIT rejected" rejected SUBMIT
}

poll_pending()
{
    start_server poll "{$templates}"
    write_config "${quick[@]}" 'template = ManualApproval'
    keep_pending
    try "$1" "POLL pending" pending POLL CERTMONGER_CSR="$(cat "$work/kept.csr")" \
        CERTMONGER_CA_COOKIE="$cookie"
}

poll_issued()
{
    start_server poll-issued "{$templates}"
    write_config "${quick[@]}" 'template = ManualApproval'
    keep_pending '{"action": "approve"}'
    try "$1" "POLL issued" issued POLL CERTMONGER_CSR="$(cat "$work/kept.csr")" \
        CERTMONGER_CA_COOKIE="$cookie"
}

fetch_roots()
{
    start_server roots "{$templates}"
    write_config "${quick[@]}" 'template = WebServerEC' 'fetch-roots = yes'
    make_csr roots -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=roots.example.com"
    submit roots
    rm -f "$work"/state/sent-*
    try "$1" "FETCH-ROOTS" answer FETCH-ROOTS
}

supported_templates()
{
    start_server templates "{$templates}"
    write_config "${quick[@]}"
    try "$1" "GET-SUPPORTED-TEMPLATES" answer GET-SUPPORTED-TEMPLATES
}

# try_all MODE
try_all()
{
    local scenario
    for scenario in submit_issued submit_again submit_issued_rest submit_issued_oauth submit_pending \
        submit_rejected poll_pending poll_issued fetch_roots supported_templates; do
        [[ $scenario =~ ${KF_TORTURE_SCENARIOS:-.} ]] || continue
        rm -rf "$work/state"
        $scenario "$1"
        stop_server "$server_pid"
    done
}
