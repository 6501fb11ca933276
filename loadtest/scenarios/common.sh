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
