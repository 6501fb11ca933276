# What the scripts of this folder share: how the load generator is called.
#
# LOADTEST names its program (built when it is not given), CREDENTIALS the tenant's file (data/credentials.json).
# Flags given to a script replace its own. To measure, give the server one core and the load generator another:
# LOADTEST="taskset -c 1 target/release/loadtest".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ -z "${LOADTEST:-}" ]; then
  cargo build --quiet --release --package loadtest
  LOADTEST=target/release/loadtest
fi

load() {
  $LOADTEST --credentials "${CREDENTIALS:-data/credentials.json}" "$@"
}

# The first number that stands under a name in a report: field FILE NAME.
field() {
  sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p" "$1" | head -n 1
}

# Whether all readers that stopped reading were closed, and the broker's memory grew by no more than so many MiB:
# contained FILE MEBIBYTES.
contained() {
  local grown=$((($(field "$1" pssAfterBytes) - $(field "$1" pssBeforeBytes)) / 1048576))
  echo "closed $(field "$1" closed), memory grew by $grown MiB"
  python3 -c 'import json, sys; stalled = json.load(open(sys.argv[1]))["stalled"]
sys.exit(stalled["closed"] != stalled["readers"])' "$1" && [ "$grown" -le "$2" ]
}
