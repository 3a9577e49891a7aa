#!/bin/sh
# The agent's command line, with the runtime that it was tested with. What a developer has set for a
# Node of their own is not for this one.
unset NODE_OPTIONS NODE_PATH
exec /usr/lib/countersign/runtime/node /usr/lib/countersign/dist/cli/countersign.js "$@"
