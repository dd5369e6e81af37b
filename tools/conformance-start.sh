#!/bin/sh
# Starts a server for a replayer of recorded exchanges with the reference. It
# listens on 127.0.0.1:$PORT and keeps its data in $DATA_DIR; $SEED_USERS lists
# its users as NAME:ROLE, or NAME:inactive, the password of NAME being
# pw-NAME-12345; settings come as USER_BEHAVIOR_... in the environment.
#
# $BEHAVIOR is the program; without it ./behavior is built, if it is not there.
set -eu

program=${BEHAVIOR:-}
if [ -z "$program" ]; then
	root=$(cd "$(dirname "$0")/.." && pwd)
	program=$root/behavior
	[ -x "$program" ] || (cd "$root" && go build -o "$program" ./cmd/behavior)
fi

cd "$DATA_DIR" # where there is no behavior.toml
for user in $(echo "${SEED_USERS:-}" | tr ',' ' '); do
	name=${user%%:*}
	role=${user#*:}
	inactive=
	if [ "$role" = inactive ]; then
		role=user
		inactive=--inactive
	fi
	echo "pw-$name-12345" | "$program" user add "$name" --role "$role" $inactive --password-stdin --data "$DATA_DIR"
done
exec "$program" serve --addr "127.0.0.1:$PORT" --data "$DATA_DIR"
