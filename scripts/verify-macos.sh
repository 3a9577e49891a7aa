#!/usr/bin/env bash
# Checks the macos: store on a real Mac and writes a report to send back: macos-report.txt.
# It builds the addon, runs the store contract against a temporary keychain (made and deleted here,
# with macOS's security command), then lists the Mac's own keychains and signs once with each key.
# No dialog opens, nothing is changed in the Mac's keychains, and the report names no certificate.
#   scripts/verify-macos.sh [PREFERENCES_DOMAIN]
set -uo pipefail
cd "$(dirname "$0")/.."
report=macos-report.txt

if [ "$(uname)" != Darwin ]; then
  echo 'This script is for a Mac.' >&2
  exit 1
fi
xcode-select -p >/dev/null 2>&1 || {
  echo "The compiler is missing: run 'xcode-select --install' first." >&2
  exit 1
}

failed=0
step() {
  local title=$1
  shift
  printf '\n== %s\n' "$title"
  "$@" 2>&1 || {
    failed=$((failed + 1))
    echo "FAILED: $title"
  }
}

{
  step 'npm ci' npm ci --no-audit --no-fund --loglevel=error
  step 'build' npm run --silent build
  step 'addon from source' npx --yes node-gyp rebuild --loglevel=error
  step 'architectures' lipo -archs build/Release/countersign.node
  step 'frameworks' otool -L build/Release/countersign.node
  step 'store contract, temporary keychain' \
    npx vitest run --reporter=verbose test/contract/macos-real-keychain.test.ts test/unit/keystore/macos
  step 'what this Mac has' node scripts/verify-macos.mjs "$@"
  printf '\n%s steps failed\n' "$failed"
} | tee "$report"
echo "The report is in $report."
grep -q '^0 steps failed$' "$report"
