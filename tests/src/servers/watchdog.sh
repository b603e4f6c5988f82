# Ends a throwaway server and removes its folder once standard input ends: when the test drops the server, or dies, however it dies.
# Arguments: the server's folder, the signal that stops it.
folder=$1
signal=$2
# A terminal's Ctrl-C is meant for the tests; their end reaches us through standard input.
trap '' HUP INT TERM
read -r _

process=$(cat "$folder/pid" 2>/dev/null)
# The number may belong to another process by now: the folder stands on the server's command line.
alive() { [ -n "$process" ] && tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" | grep -qF "$folder"; }
tell() { alive && kill -s "$1" "$process" 2>/dev/null; }

tell "$signal"
tell CONT # a test may have stopped it
round=0
while alive && [ $round -lt 500 ]; do
  round=$((round + 1))
  [ $round = 250 ] && tell KILL
  sleep 0.02
done

# PostgreSQL's System V segment outlives a killed server; the seventh line of its lock file names it.
segment=$(sed -n '7s/^ *[0-9][0-9]* *\([0-9][0-9]*\) *$/\1/p' "$folder/data/postmaster.pid" 2>/dev/null)
[ -n "$segment" ] && ipcrm -m "$segment" 2>/dev/null

# A child of a killed server may write a last file meanwhile.
for round in 1 2 3 4 5; do
  rm -rf "$folder" && break
  sleep 0.2
done
