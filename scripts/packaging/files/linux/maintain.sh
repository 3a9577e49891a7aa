#!/bin/sh
# What the packages of Debian and of RPM do alike: maintain.sh installed|upgraded|removing
# Nothing here fails an installation: without systemd, and in an image, there is nothing to tell.
set -u

unit=countersign.service
machine_unit=countersign-machine.service
program=/usr/bin/countersign

# In the manager of everybody who is signed in.
in_sessions() {
  [ -d /run/systemd/system ] || return 0
  systemctl list-units 'user@*.service' --legend=no 2>/dev/null |
    sed -n 's/.*user@\([0-9][0-9]*\)\.service.*/\1/p' |
    while read -r user; do
      systemctl --user --machine="$user@.host" "$@" >/dev/null 2>&1 || :
    done
}

case ${1:-} in
  installed)
    if command -v systemctl >/dev/null; then
      systemctl --global preset "$unit" >/dev/null 2>&1 || :
      in_sessions daemon-reload
    fi
    ;;
  upgraded)
    # Agents that run are the old version's, and the administrator's choices stay.
    if command -v systemctl >/dev/null; then
      in_sessions daemon-reload
      in_sessions try-restart "$unit"
      if [ -d /run/systemd/system ]; then
        systemctl try-restart "$machine_unit" >/dev/null 2>&1 || :
      fi
    fi
    ;;
  removing)
    if command -v systemctl >/dev/null; then
      in_sessions stop "$unit"
      systemctl --global disable "$unit" >/dev/null 2>&1 || :
    fi
    # What "countersign service install" has written starts a program that will be gone.
    if grep -qs /usr/lib/countersign/ "/etc/systemd/user/$unit"; then
      "$program" service uninstall --all-users >/dev/null 2>&1 || rm -f "/etc/systemd/user/$unit"
    fi
    if grep -qs /usr/lib/countersign/ "/etc/systemd/system/$machine_unit"; then
      "$program" service uninstall --machine >/dev/null 2>&1 || rm -f "/etc/systemd/system/$machine_unit"
    fi
    ;;
  *)
    echo 'usage: maintain.sh installed|upgraded|removing' >&2
    exit 2
    ;;
esac
exit 0
