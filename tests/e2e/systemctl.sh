# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A stand-in for systemctl, for the scripts that have units reloaded. It takes the place of
# /usr/bin/systemctl in a mount namespace of its own, writes its arguments to $work/systemctl.calls
# and its environment to $work/systemctl.environment, and ends with $work/systemctl.status.

# shellcheck disable=SC2154 # work is lib.sh's
cat >"$work/systemctl" <<STAND_IN
#!/bin/sh
echo "\$*" >>'$work/systemctl.calls'
env >'$work/systemctl.environment'
exit "\$(cat '$work/systemctl.status')"
STAND_IN
chmod +x "$work/systemctl"
echo 0 >"$work/systemctl.status"

# become_apart COMMAND...: becomes COMMAND in a mount namespace of its own, as root in it.
become_apart()
{
    if [ "$(id -u)" = 0 ]; then
        exec unshare --mount "$@"
    else
        exec unshare --map-root-user --mount "$@"
    fi
}

# become_with_systemctl COMMAND...: the same, where the stand-in is systemctl.
become_with_systemctl()
{
    # shellcheck disable=SC2016 # for the inner shell
    become_apart sh -c 'mount --bind "$0" /usr/bin/systemctl && exec "$@"' "$work/systemctl" "$@"
}

# apart COMMAND..., with_systemctl COMMAND...: these two, and back.
apart()
{
    (become_apart "$@")
}

with_systemctl()
{
    (become_with_systemctl "$@")
}

# Is there a systemctl that the stand-in can take the place of?
can_stand_in()
{
    with_systemctl true 2>/dev/null
}
