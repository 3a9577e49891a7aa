#!/bin/sh
# Takes the agent off this Mac, as root. Settings, keys and audit logs stay.
set -u
if [ "$(id -u)" != 0 ]; then
  echo 'Run it as root: sudo /usr/local/lib/countersign/uninstall.sh' >&2
  exit 1
fi
for user in $(ps -axo uid=,comm= | awk '$2 ~ /loginwindow$/ { print $1 }' | sort -u); do
  launchctl bootout "gui/$user/countersign.agent" >/dev/null 2>&1
done
if [ -e /Library/LaunchDaemons/countersign.machine-agent.plist ]; then
  /usr/local/bin/countersign service uninstall --machine
fi
rm -f /Library/LaunchAgents/countersign.agent.plist /usr/local/bin/countersign
rm -rf /usr/local/lib/countersign
pkgutil --forget countersign.agent >/dev/null 2>&1
exit 0
