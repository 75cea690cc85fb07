# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Test results in TAP, for the scripts of tests/. Ends with `finish`.

tap_count=0
tap_failed=0

# ok DESCRIPTION COMMAND...: passes when COMMAND succeeds.
ok()
{
    local description=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"${TMPDIR:-/tmp}/tap.$$" 2>&1; then
        echo "ok $tap_count - $description"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $description"
        echo "# failed: $*"
        sed 's/^/# /' "${TMPDIR:-/tmp}/tap.$$" | head -n 40
    fi
    rm -f "${TMPDIR:-/tmp}/tap.$$"
}

# nothing_from DESCRIPTION COMMAND...: passes when COMMAND prints nothing.
nothing_from()
{
    local description=$1
    shift
    ok "$description" is "$("$@" 2>&1 | head -n 20)" ""
}

# same DESCRIPTION GOT WANTED: passes when the two texts are the same.
same()
{
    ok "$1" is "$2" "$3"
}

is()
{
    [ "$1" = "$2" ] && return
    printf 'got:    %s\nwanted: %s\n' "$1" "$2"
    return 1
}

# like DESCRIPTION TEXT REGEX: passes when TEXT matches the extended regular expression.
like()
{
    ok "$1" matches "$2" "$3"
}

matches()
{
    [[ $1 =~ $2 ]] && return
    printf 'got:     %s\nwanted: /%s/\n' "$1" "$2"
    return 1
}

# Skips the whole script.
skip_all()
{
    echo "1..0 # SKIP $1"
    exit 0
}

# The plan, and the exit status of the script.
finish()
{
    echo "1..$tap_count"
    [ "$tap_failed" = 0 ]
}
