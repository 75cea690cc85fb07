# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the end-to-end scripts share: a scratch folder, a server, a configuration, the helper, the
# real certmonger daemon. All that is started ends with the script.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../tap.sh"

helper=${KEYFACTOR_SUBMIT:?is the path of the helper}
simulator=${KEYFACTOR_SIMULATOR:?is the path of the simulator}

work=$(mktemp -d "${TMPDIR:-/tmp}/keyfactor-e2e-XXXXXX")
chmod 0755 "$work" # as /etc: what is secret in it has a mode of its own
config=$work/keyfactor.conf
out=$work/out
err=$work/err
servers=() # the processes to end; those of this file under their number

# KEYFACTOR_API=rest: the script runs with a server of Command 25, which has the Keyfactor API only.
# What differs stands here: the settings of a server, the path of an enrollment, and what is called
# what in its body, for jq. A script for one of the two sets api before it reads this file.
# shellcheck disable=SC2034 # for the scripts
case ${api:=${KEYFACTOR_API:-classic}} in
classic)
    server_defaults='{}'
    enroll_path=/CMSApi/CertEnroll/3/Pkcs10
    csr_member=.Request.Pkcs10Request
    template_member=.Request.TemplateName
    metadata_member=.Request.MetadataList
    ;;
rest)
    server_defaults='{"product_version": "25.1", "apis": ["rest"]}'
    enroll_path=/KeyfactorAPI/Enrollment/CSR
    csr_member=.CSR
    template_member=.Template
    metadata_member=.Metadata
    ;;
esac

# A fault: the answer has neither a certificate nor anything to ask about.
# shellcheck disable=SC2034 # for the scripts
tells_nothing='"omit": ["Certificates", "CMSRequestId", "KeyfactorRequestId", "WorkflowInstanceId",
    "WorkflowReferenceId"]'

# For a server that goes away and comes back: a port that no other server or client is given
# meanwhile, because the kernel hands out those from 32768 to 60999.
# shellcheck disable=SC2034 # for the scripts
quiet_port=$((61000 + $$ % 4500))

clean_up()
{
    exec 9>&-
    kill "${servers[@]}" 2>/dev/null
    wait "${servers[@]}" 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# wait_until LIMIT_SECONDS COMMAND...: until COMMAND succeeds; fails at the limit.
wait_until()
{
    local limit=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $limit ] || return 1
        sleep 0.05
    done
}

has_line()
{
    [ -s "$1" ]
}

# start_server NAME [SETTINGS_JSON [OPTION...]]: a simulator in $work/NAME, of the API that the
# script runs for unless SETTINGS name others; sets server_url, server_pid and server_dir.
start_server()
{
    local name=$1 settings=${2:-"{}"}
    shift $(($# < 2 ? $# : 2))
    server_dir=$work/$name
    mkdir -p "$server_dir"
    jq "$server_defaults + ." <<<"$settings" >"$server_dir/settings.json"
    : >"$server_dir/address"
    "$simulator" --die-with-parent --directory "$server_dir" \
        --settings "$server_dir/settings.json" "$@" \
        >"$server_dir/address" 2>"$server_dir/log" 9>&- &
    server_pid=$!
    servers[server_pid]=$server_pid
    if ! wait_until 120 has_line "$server_dir/address"; then
        echo "Bail out! the simulator does not start: $(head -n 1 "$server_dir/log")"
        exit 1
    fi
    server_url=$(head -n 1 "$server_dir/address")
}

stop_server()
{
    kill "$1"
    wait "$1" 2>/dev/null
    unset "servers[$1]"
}

# server METHOD PATH [BODY]: the server's control interface.
server()
{
    curl -sS --fail-with-body --cacert "$server_dir/tls-ca.pem" -X "$1" "$server_url/simulator/$2" \
        ${3:+-H 'Content-Type: application/json' --data-binary "$3"}
}

# misbehave FAULTS_JSON: replaces the queue of faults.
misbehave()
{
    if ! { server DELETE faults && server POST faults "$1"; } >"$work/misbehave" 2>&1; then
        echo "Bail out! the simulator does not take $1: $(cat "$work/misbehave")"
        exit 1
    fi
}

# spoil_enrollments FAULT...: the same with faults of enrollments alone, JSON without the braces.
spoil_enrollments()
{
    misbehave "$(printf "{\"path\": \"$enroll_path\", %s}\n" "$@" | jq -s .)"
}

# The last request that the server received, or one field of it.
last_request()
{
    tail -n 1 "$server_dir/requests.jsonl" | field "${1:-.}"
}

# field NAME: a member of the JSON object on standard input, by its path, such as .headers.date.
field()
{
    jq -r "$1"
}

request_count()
{
    if [ -e "$server_dir/requests.jsonl" ]; then wc -l <"$server_dir/requests.jsonl"; else echo 0; fi
}

# The enrollments that the server received, as last_request.
enrollments()
{
    [ ! -e "$server_dir/requests.jsonl" ] ||
        grep "\"path\": *\"$enroll_path\"" "$server_dir/requests.jsonl"
}

enrollment_count()
{
    enrollments | wc -l
}

# sent MEMBER [N]: of the body of the Nth enrollment that the server received, or of the last one.
sent()
{
    enrollments | sed -n "${2:-\$}p" | field ".body | fromjson | $1"
}

secret_file()
{
    printf '%s\n' "$2" >"$work/$1"
    chmod 0600 "$work/$1"
}

# The settings that every CA section of the tests has; more lines on standard input.
section()
{
    secret_file password 'Certm0nger!'
    secret_file application-secret simulator-application-secret
    cat <<CONF
[$1]
url = $server_url
ca-file = $server_dir/tls-ca.pem
api = $api
username = KEYFACTOR\\certmonger
password-file = $work/password
state-directory = $work/state
journal-socket = $work/journal
check-key = ${check_key:-no}
sandbox = ${sandbox:-${KEYFACTOR_SANDBOX:-yes}}
CONF
    [ $api = rest ] || cat <<CONF
application-key = 0A1B2C3D4E5F60718293A4B5C6D7E8F9
application-secret-file = $work/application-secret
CONF
}

# write_config [LINE...]: a good configuration of the CA "keyfactor", with LINEs added.
write_config()
{
    { section keyfactor; printf '%s\n' "$@"; } >"$config"
    chmod 0600 "$config"
}

# write_login [LINE...]: the same without a name and a password: LINEs are another way to log in.
write_login()
{
    write_config 'template = WebServer' "$@"
    sed -i "/^api = /d; /^username = KEYFACTOR/d; \\|^password-file = $work/password\$|d" "$config"
}

# holders TEXT...: the files in which a run left one of the texts.
holders()
{
    printf '%s\n' "$@" | grep -rlF -f - "$out" "$err" "$work/state"
}

# make_csr NAME [OPENSSL_REQ_OPTION...]: $work/NAME.key and $work/NAME.csr.
make_csr()
{
    local name=$1
    shift
    [ $# -gt 0 ] || set -- -newkey rsa:2048 -subj "/CN=$name.example.com"
    openssl req -new -nodes -keyout "$work/$name.key" -out "$work/$name.csr" "$@" 2>/dev/null
}

# run VARIABLE=VALUE...: the helper as the daemon runs it: the variables given, and a nearly empty
# environment. Sets status; leaves $out and $err.
# shellcheck disable=SC2034,SC2086 # status is for the caller; the wrapper is a command with options
run()
{
    env -i HOME="$work" TMPDIR="$work" PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C \
        ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} CERTMONGER_CA_NICKNAME=keyfactor "$@" \
        ${KF_WRAPPER:-} "$helper" --config "$config" >"$out" 2>"$err" </dev/null
    status=$?
}

# submit NAME [VARIABLE=VALUE...]: SUBMIT of $work/NAME.csr, as if for the first time.
submit()
{
    local name=$1
    shift
    rm -rf "$work/state"
    run CERTMONGER_OPERATION=SUBMIT CERTMONGER_CSR="$(cat "$work/$name.csr")" "$@"
}

# poll NAME COOKIE [VARIABLE=VALUE...]: POLL of $work/NAME.csr, as if an hour after it was sent.
poll()
{
    local name=$1 cookie=$2
    shift 2
    [ ! -d "$work/state" ] || find "$work/state" -name 'sent-*' -exec \
        sed -i -E "s/ [0-9]+ / $(($(date +%s) - 3600)) /" {} +
    run CERTMONGER_OPERATION=POLL CERTMONGER_CSR="$(cat "$work/$name.csr")" \
        CERTMONGER_CA_COOKIE="$cookie" "$@"
}

# reason_like DESCRIPTION REGEX: the helper printed one line of at most 300 characters.
reason_like()
{
    local description=$1 wanted=$2 line
    line=$(cat "$out")
    like "$description" "$line" "$wanted"
    same "... and it is one line" "$(wc -l <"$out")" 1
    ok "... of at most 300 characters" test ${#line} -le 300
}

# Certificates in FILE, by subject, in order.
subjects()
{
    openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout |
        sed -n 's/^subject=//p'
}

# The public key of a key, request or certificate file.
public_key()
{
    case $1 in
    *.key) openssl pkey -in "$1" -pubout ;;
    *.csr) openssl req -in "$1" -noout -pubkey ;;
    *) openssl x509 -in "$1" -noout -pubkey ;;
    esac
}

# start_daemon: a private certmonger daemon, with its folders in $work/daemon, that getcert talks to
# from now on. It ends when the script ends, however that is: its command waits on our end of a pipe.
start_daemon()
{
    local folder daemon=$work/daemon
    for folder in config requests cas local; do
        mkdir -p "$daemon/$folder"
    done
    rm -f "$daemon/pipe" "$daemon/environment"
    mkfifo "$daemon/pipe"
    printf 'env >%s.new && mv %s.new %s\nexec cat %s\n' "$daemon/environment" \
        "$daemon/environment" "$daemon/environment" "$daemon/pipe" >"$daemon/command"
    CERTMONGER_CONFIG_DIR=$daemon/config CERTMONGER_REQUESTS_DIR=$daemon/requests \
        CERTMONGER_CAS_DIR=$daemon/cas CERTMONGER_LOCAL_CA_DIR=$daemon/local \
        CERTMONGER_SYSTEM_LOCK_FILE=$daemon/lock \
        certmonger -L -P "$daemon/socket" -n -d 3 -c "sh $daemon/command" >>"$daemon/log" 2>&1 &
    daemon_pid=$!
    servers[daemon_pid]=$daemon_pid
    exec 9<>"$daemon/pipe"
    if ! wait_until 120 has_line "$daemon/environment"; then
        echo "Bail out! certmonger does not start: $(tail -n 1 "$daemon/log")"
        exit 1
    fi
    CERTMONGER_PVT_ADDRESS=$(sed -n 's/^CERTMONGER_PVT_ADDRESS=//p' "$daemon/environment")
    export CERTMONGER_PVT_ADDRESS
}

stop_daemon()
{
    exec 9>&-
    wait "$daemon_pid"
    unset "servers[$daemon_pid]"
}

# add_ca NICKNAME: as `getcert add-ca` does on a host, with the configuration of the test.
add_ca()
{
    getcert add-ca -c "$1" -e "$helper --config $config" >/dev/null
}

# request NAME [GETCERT_OPTION...]: asks for $work/NAME.pem with the key $work/NAME.key.
request()
{
    local name=$1
    shift
    getcert request -I "$name" -f "$work/$name.pem" -k "$work/$name.key" "$@" >/dev/null
}

# listed NAME FIELD: a field of `getcert list`, such as status, ca-error or expires.
listed()
{
    getcert list -i "$1" | sed -n "s/^[[:blank:]]*$2: //p" | sed "s/^'\(.*\)'\$/\1/"
}

status_is()
{
    [ "$(listed "$1" status)" = "$2" ]
}

# reaches NAME STATUS: waits for it, and says what is there instead.
reaches()
{
    wait_until 120 status_is "$1" "$2" && return
    getcert list -i "$1"
    return 1
}
