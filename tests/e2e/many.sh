# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Many requests at a time, each until its certificate is there. The daemon's part is played here: it
# runs the helper again after the delay with the cookie, and anew, without one, when the helper was
# killed (as after a loss of power). To be sourced after lib.sh, with $total requests to make.

# shellcheck disable=SC2154 # total is the other file's
workers=8

# once NAME COOKIE [LIFE]: one run of the helper, killed after LIFE seconds; prints its status.
once()
{
    env -i PATH=/usr/bin:/bin LC_ALL=C ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
        CERTMONGER_CA_NICKNAME=keyfactor CERTMONGER_OPERATION="$([ -n "$2" ] && echo POLL || echo SUBMIT)" \
        CERTMONGER_CA_COOKIE="$2" CERTMONGER_CSR="$(cat "$work/$1.csr")" \
        timeout -s KILL "${3:-60}" "$helper" --config "$config" >"$work/$1.out" 2>>"$work/$1.err"
    echo $?
}

# enroll NAME [LIFE]: until the certificate is there; every run's status is in $work/NAME.runs, and
# behind what the run said in $work/NAME.err.
# While faults last each enrollment meets one, and one in three of them before anything is issued: a
# request may need many runs.
enroll()
{
    local name=$1 life=${2:-} cookie='' status
    while [ "$(wc -l <"$work/$name.runs")" -lt 60 ]; do
        status=$(once "$name" "$cookie" $life)
        echo "$status" >>"$work/$name.runs"
        echo "-- status $status" >>"$work/$name.err"
        case $status in
        0)
            mv "$work/$name.out" "$work/$name.pem"
            return
            ;;
        5)
            cookie=$(sed -n 2p "$work/$name.out")
            sleep "$(sed -n 1p "$work/$name.out")"
            ;;
        137) cookie='' ;;
        *) return ;;
        esac
        life=
    done
}

# Every third request is killed in its first run, at another moment each time.
work_off()
{
    local i
    for ((i = $1; i < total; i += workers)); do
        : >"$work/r$i.runs"
        make_csr "r$i" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=r$i.example.com"
        enroll "r$i" "$([ $((i / workers % 3)) != 2 ] || printf '0.0%02d' $((4 + i % 40)))"
    done
}

# enroll_all: all of them, as many at a time as there are workers.
enroll_all()
{
    local worker pids=()
    for ((worker = 0; worker < workers; worker++)); do
        work_off $worker &
        pids+=($!)
    done
    wait "${pids[@]}"
}

serials()
{
    local i
    for ((i = 0; i < total; i++)); do
        echo "r$i.example.com $(openssl x509 -in "$work/r$i.pem" -noout -serial 2>/dev/null)"
    done | sed 's/serial=//' | sort
}

run_count()
{
    cat "$work"/r*.runs | wc -l
}

# assert_one_for_one: every request has the one certificate that was issued for it.
assert_one_for_one()
{
    local name
    serials >"$work/saved"
    server GET certificates | jq -r '.[] | (.subject | sub(".*CN *= *"; "")) + " " + .serial' |
        sort >"$work/issued"
    echo "# $total requests, $(run_count) runs, $(enrollment_count) enrollments received," \
        "$(cat "$work"/r*.runs | grep -c 137) runs killed," \
        "$(wc -l <"$work/issued") certificates issued, $(wc -l <"$work/saved") saved"
    same "every request has a certificate" "$(grep -c ' .' "$work/saved")" "$total"
    ok "what was issued is what was saved, one for one" diff "$work/issued" "$work/saved"
    same "no run ended in any other way" "$(cat "$work"/r*.runs | grep -vxE '0|5|137')" ''
    for name in $(wrong | sort -u); do
        story_of "$name" | sed 's/^/# /'
    done
}

# The names of the requests that went wrong.
wrong()
{
    diff "$work/issued" "$work/saved" | sed -n 's/^[<>] \([^.]*\)\..*/\1/p'
    grep -lvxE '0|5|137' "$work"/r*.runs | sed 's/.*\/\(.*\)\.runs/\1/'
}
# story_of NAME: its runs, and what the server made of it.
story_of()
{
    echo "$1: statuses $(tr '\n' ' ' <"$work/$1.runs")"
    cat "$work/$1.err"
    server GET certificates | jq -c ".[] | select(.subject | test(\"$1\\\\.example\"))"
}
