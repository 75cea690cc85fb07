# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the hostile-* scripts share: plays a table of cases (README), several at a time. Read before
# anything else, in place of ../e2e/lib.sh.

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

hostile=${KEYFACTOR_HOSTILE:?is the path of the hostile server}
measure=${KEYFACTOR_MEASURE:?is the path of keyfactor-measure}
tables=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

jobs_max=${KEYFACTOR_JOBS:-6}
memory_max=$((32 * 1024)) # KiB
wrapper=${KF_WRAPPER:-}
patience=1 # how much slower everything is
if [ -n "$wrapper" ] || grep -qa __asan_init "$helper"; then
    patience=10
    memory_max=
fi

secrets=('Certm0nger!' simulator-application-secret hostile-client-secret
    "$(printf 'KEYFACTOR\\certmonger:Certm0nger!' | base64)")

# complain TEXT: the case has failed.
complain()
{
    echo "$1" >>"$work/complaints"
}

# expect DESCRIPTION COMMAND...: the case fails unless COMMAND succeeds.
expect()
{
    local description=$1
    shift
    "$@" >/dev/null 2>&1 || complain "not so: $description"
}

has_started()
{
    [ -s "$work/address" ] || ! kill -0 "$hostile_pid" 2>/dev/null
}

# start_hostile STEPS: sets server_url and server_dir, for the configuration.
start_hostile()
{
    "$hostile" --directory "$work" --honest-port "$honest_port" --die-with-parent "$1" \
        >"$work/address" 2>"$work/log" &
    hostile_pid=$!
    if ! wait_until 60 has_started || [ ! -s "$work/address" ]; then
        complain "the hostile server does not start: $(cat "$work/log")"
        return 1
    fi
    server_url=$(cat "$work/address")
    server_dir=$work
}

# write_case: the configuration, with the settings of the table.
write_case()
{
    write_config 'template = WebServerEC' 'log-level = debug' 'retry-interval = 1' \
        'retry-interval-max = 1' "${settings[@]}"
}

# Scripts may do these in another way.
scenario()
{
    echo "$steps"
}
configure_case()
{
    write_case
}
run_case()
{
    submit request
}
turn_honest()
{
    kill -USR1 "$hostile_pid"
}

# With what belongs to no line of text.
has_control_characters()
{
    LC_ALL=C grep -q $'[\001-\010\013-\037\177]' "$@"
}

certifies_request()
{
    [ "$(public_key "$out")" = "$(public_key "$work/request.csr")" ]
}

# is_told FILE WORDS: in one line.
is_told()
{
    [ "$2" = - ] || grep -qE -- "$2" "$1"
}

check_reason()
{
    expect "the reason is one line" [ "$(wc -l <"$out")" = 1 ]
    expect "... of at most 300 characters" [ "$(wc -m <"$out")" -le 301 ]
    expect "it says: $words" is_told "$out" "$words"
}

check_wait()
{
    expect "a delay and a cookie" [ "$(wc -l <"$out")" = 2 ]
    expect "a delay" grep -qxE '[0-9]+' <(sed -n 1p "$out")
    expect "the cookie says ${expected#5 }" grep -q "^kf1,state=${expected#5 }," <(sed -n 2p "$out")
    expect "the journal says: $words" is_told "$err" "$words"
}

check_certificate()
{
    expect "the certificate is for the request's key" certifies_request
    expect "the journal says: $words" is_told "$err" "$words"
}

# check_run: how the run with the hostile server ended.
check_run()
{
    local ended memory parts
    read -r ended memory <"$work/usage"
    echo "$memory" >"$work/memory"
    if [ "$ended" != "${expected%% *}" ]; then
        complain "exit status $ended, not ${expected%% *}"
    else
        case $ended in
        0) check_certificate ;;
        5) check_wait ;;
        *) check_reason ;;
        esac
    fi
    [ -z "$memory_max" ] || expect "$memory KiB are at most $memory_max" [ "$memory" -le "$memory_max" ]
    ! grep -qF "$(printf '%s\n' "${secrets[@]}")" "$out" "$err" || complain "a secret is shown"
    ! has_control_characters "$out" "$err" || complain "control characters are shown"
    parts=$(($(grep -ow 'then' <<<"$steps" | wc -l) + 1))
    expect "it connects as often as the case provides for" \
        [ "$(wc -l <"$work/connections")" -le $parts ]
}

# From now on the server is honest. The daemon comes back, or a person submits again.
finish_request()
{
    local cookie tries=0
    turn_honest
    while [ $((tries++)) -lt 5 ]; do
        cookie=
        [ "$status" != 5 ] || cookie=$(sed -n 2p "$out")
        poll request "$cookie" \
            CERTMONGER_OPERATION="$([ -n "$cookie" ] && echo POLL || echo SUBMIT)"
        [ "$status" = 5 ] || break
    done
    expect "in the end it is issued: $(tail -n 1 "$err")" [ "$status" = 0 ]
    expect "... for the request's key" certifies_request
}

# play_case: one line of the table, in a folder of its own.
play_case()
{
    work=$work/$number
    config=$work/keyfactor.conf
    out=$work/out
    err=$work/err
    mkdir "$work"
    make_csr request -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=$group$number.example.com"
    start_hostile "$(scenario)" || return
    configure_case
    KF_WRAPPER="$measure $work/usage $((60 * patience)) $wrapper" run_case
    check_run
    cp "$out" "$work/said"
    cp "$err" "$work/journal"
    grep -q 'left out' "$work/log" && : >"$work/skipped"
    [ "$status" = 0 ] || KF_WRAPPER="$wrapper" finish_request
    kill "$hostile_pid"
}

# The certificates that were issued for case N.
issued_to()
{
    grep -cx "$group$1.example.com" "$work/issued"
}

# judge N: prints what is wrong with it.
judge()
{
    local wanted=${expectations[$1]%% *} count
    count=$(issued_to "$1")
    if [ "$count" -gt 1 ] || { [ "$wanted" != 0 ] && [ "$count" = 0 ]; }; then
        echo "$count certificates were issued"
    fi
    [ ! -e "$work/$1/complaints" ] || cat "$work/$1/complaints"
}

is_right()
{
    local wrong
    wrong=$(judge "$1")
    [ -n "$wrong" ] || return 0
    echo "$wrong"
    tail -n 3 "$work/$1/said" "$work/$1/journal" "$work/$1/log"
    return 1
}

# report N NAME: its line of the results.
report()
{
    if [ -e "$work/$1/skipped" ]; then
        tap_count=$((tap_count + 1))
        echo "ok $tap_count - $2 # SKIP OpenSSL refuses to be so bad"
    else
        ok "$2" is_right "$1"
    fi
}

# set_settings LINES: the lines of a configuration, with semicolons between. Seconds grow with
# patience.
set_settings()
{
    local line
    settings=()
    while read -r line; do
        [[ $line =~ ^timeout ]] && line="timeout = $((${line##*= } * patience))"
        [ -z "$line" ] || settings+=("$line")
    done < <(tr ';' '\n' <<<"$1")
}

trim()
{
    sed -E 's/^[[:blank:]]+|[[:blank:]]+$//g' <<<"$1"
}

# The table with one line a case.
lines_of()
{
    sed -E '/^#/d; /^[[:blank:]]*$/d' "$1" | awk '
        /^[ \t]/ { line = line $0; next } { if (line != "") print line; line = $0 }
        END { if (line != "") print line }'
}

# play_cases GROUP: all of the table GROUP.cases, against the simulator of start_server.
play_cases()
{
    local number=0 name words steps
    local -a settings=() names=() expectations=()
    group=$1
    honest_port=${server_url##*:}
    set_settings 'timeout = 20'
    while IFS='|' read -r name expected words steps; do
        if [[ $name =~ ^\[(.*)\] ]]; then
            set_settings "${BASH_REMATCH[1]}"
            continue
        fi
        number=$((number + 1))
        names[number]=$(trim "$name")
        expected=$(trim "$expected")
        expectations[number]=$expected
        words=$(trim "$words")
        steps=$(trim "$steps")
        [ "$(jobs -pr | wc -l)" -le "$jobs_max" ] || wait -n
        play_case &
        pids+=($!)
    done < <(lines_of "$tables/$group.cases")
    wait "${pids[@]}"
    server GET certificates | jq -r '.[].subject | sub(".*CN *= *"; "")' >"$work/issued"
    for ((number = 1; number <= ${#names[@]}; number++)); do
        report "$number" "$group: ${names[number]}"
    done
    echo "# ${#names[@]} cases, $(sort -n "$work"/*/memory | tail -n 1) KiB at most"
}
