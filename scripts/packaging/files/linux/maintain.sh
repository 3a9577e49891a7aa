#!/bin/sh
# What the packages of Debian and of RPM do alike: maintain.sh installed|upgraded|removing
# Nothing here fails an installation: without systemd, and in an image, there is nothing to tell.
set -u

unit=countersign.service
machine_unit=countersign-machine.service
program=/usr/bin/countersign

# Tells the manager of everybody who is signed in, as that user: it listens to nobody else.
in_sessions() {
  for socket in /run/user/*/systemd/private; do
    [ -S "$socket" ] || continue
    directory=${socket%/systemd/private}
    user=${directory#/run/user/}
    group=$(id -g "$user") || continue
    setpriv --reuid "$user" --regid "$group" --clear-groups \
      env XDG_RUNTIME_DIR="$directory" systemctl --user "$@" >/dev/null 2>&1 || :
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
