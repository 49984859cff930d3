#!/usr/bin/env bash
# Tests the system as a user would: starts everything with `pnpm dev`, asks once, asks in a loop, kills a node meanwhile,
# checks the answers, and stops everything. Exit code 0: all was as it should be.
set -uo pipefail
cd "$(dirname "$0")/.."

readonly LOOP_COUNT=200 LOOP_INTERVAL=50ms START_SECONDS=300 STOP_SECONDS=30
readonly VICTIM_PORT=10000 # of the node that is killed
work=$(mktemp -d)
dev=

say() { printf '\n== %s\n' "$*"; }
fail() {
  say "FAILED: $*"
  [ -f "$work/dev.log" ] && tail -n 40 "$work/dev.log"
  exit 1
}
holder_of() { node --import tsx -e "import { holderOfPort } from './infra/src/port-holder.ts'; console.log(holderOfPort($1)?.pid ?? '')"; }
stop() {
  [ -n "$dev" ] || return 0
  kill -INT -- "-$dev" 2>/dev/null # the whole group, as Ctrl-C does
  for _ in $(seq "$STOP_SECONDS"); do
    kill -0 -- "-$dev" 2>/dev/null || break
    sleep 1
  done
  kill -KILL -- "-$dev" 2>/dev/null
  dev=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

say "starting everything (pnpm dev)"
setsid npx -y pnpm@10 dev >"$work/dev.log" 2>&1 &
dev=$!
for _ in $(seq "$START_SECONDS"); do
  grep -q 'ringcache is up' "$work/dev.log" && break
  kill -0 "$dev" 2>/dev/null || fail "it ended while starting"
  sleep 1
done
grep -q 'ringcache is up' "$work/dev.log" || fail "it was not up within $START_SECONDS s"

say "one question"
answer=$(npx -y pnpm@10 --silent load-test single 张三 --json) || fail "no answer: $answer"
echo "$answer"
grep -q '"value":"100"' <<<"$answer" || fail "张三 has 100"
score=$(node -e 'fetch("http://localhost:8081/v1/groups/scores/keys/张三").then((r) => r.text()).then((t) => console.log(t))')
[ "$score" = 100 ] || fail "over HTTP it is $score"

say "a loop of $LOOP_COUNT questions, and a node killed meanwhile"
npx -y pnpm@10 --silent load-test loop --count "$LOOP_COUNT" --interval "$LOOP_INTERVAL" --json >"$work/loop.jsonl" 2>"$work/loop.err" &
loop=$!
for _ in $(seq 60); do
  [ "$(wc -l <"$work/loop.jsonl")" -ge 20 ] && break
  sleep 0.5
done
victim=$(holder_of "$VICTIM_PORT")
[ -n "$victim" ] || fail "nobody listens on port $VICTIM_PORT"
kill -KILL "$victim" && echo "killed the node on port $VICTIM_PORT (pid $victim)"
wait "$loop" || fail "a question failed: $(tail -n 3 "$work/loop.jsonl") $(tail -n 5 "$work/loop.err")"
tail -n 1 "$work/loop.jsonl"
node -e '
  const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const summary = lines.pop();
  const wrong = lines.filter(({ key, value }) => key === "张三" && value !== "100");
  const ok = summary.total === Number(process.argv[2]) && summary.failures === 0 && summary.notFound > 0 && wrong.length === 0;
  process.exit(ok ? 0 : 1);
' "$work/loop.jsonl" "$LOOP_COUNT" || fail "the answers are not what they should be"

say "stopping everything"
stop
for port in 2379 22379 32379 54329 50051 9999 10000 10001 8081 8082 8083; do
  left=$(holder_of "$port")
  [ -z "$left" ] || fail "process $left still listens on port $port"
done
say "passed"
