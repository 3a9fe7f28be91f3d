# What the experiments share. Sourced by bash, with the repository as working directory.
#
# Everything an experiment starts has a data root of its own, below the cache directory: images and containers of the user
# are neither seen nor touched.

DEMO_CACHE=${DEMO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mydocker-demo}
MYDOCKER=${MYDOCKER:-$PWD/out/mydocker}
export MYDOCKER_ROOT=${DEMO_DATA:-$DEMO_CACHE/data}
export LC_ALL=C
unset MYDOCKER_STATE

# Set by demo/run: a directory for this run (logs, ids, counts), and one for what the report shows, or empty.
DEMO_RUN=${DEMO_RUN-}
DEMO_RECORD=${DEMO_RECORD-}

if [ -t 1 ]; then bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'; else bold= green= red= yellow= plain=; fi

# ---- what is seen -------------------------------------------------------------------------------------------------------

block=  # name of the part of the report that is being written, or empty

# begin_block NAME: what is shown from here on appears in the report at NAME.
begin_block() {
    block=$1
    [ -z "$DEMO_RECORD" ] || : >"$DEMO_RECORD/$block.txt"
}

# say TEXT: one line of what is seen.
say() {
    printf '%s\n' "$*"
    [ -z "$DEMO_RECORD" ] || [ -z "$block" ] || printf '%s\n' "$*" >>"$DEMO_RECORD/$block.txt"
}

# say_file FILE: each line of it.
say_file() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do say "${line%$'\r'}"; done <"$1"
}

title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# ---- whether it is what should be ---------------------------------------------------------------------------------------

count() { echo "$1" >>"$DEMO_RUN/counts"; }

# verdict OK|FAIL-TEXT... : verdict 0 "text" passes, verdict 1 "text" fails.
verdict() {
    local status=$1
    shift
    if [ "$status" = 0 ]; then
        printf '  %sPASS%s  %s\n' "$green" "$plain" "$*"
        count passed
    else
        printf '  %sFAIL%s  %s\n' "$red" "$plain" "$*"
        count failed
    fi
    [ -z "$DEMO_RECORD" ] || [ -z "$block" ] || printf '  %s  %s\n' "$([ "$status" = 0 ] && echo PASS || echo FAIL)" "$*" >>"$DEMO_RECORD/$block.txt"
}

skip() {
    printf '  %sSKIP%s  %s\n' "$yellow" "$plain" "$*"
    count skipped
    [ -z "$DEMO_RECORD" ] || [ -z "$block" ] || printf '  SKIP  %s\n' "$*" >>"$DEMO_RECORD/$block.txt"
}

# check TEXT COMMAND...: passes if the command succeeds.
check() {
    local text=$1
    shift
    if "$@"; then verdict 0 "$text"; else verdict 1 "$text"; fi
}

# wait_until SECONDS COMMAND...: polls a condition that will come true, or fails. An emulated machine gets more time.
wait_until() {
    local end=$((SECONDS + $1 * ${MYDOCKER_TEST_TIME_FACTOR:-1}))
    shift
    until "$@" 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# ---- containers ---------------------------------------------------------------------------------------------------------

# without_shells COMMAND...: in a process that does not hold the pipes of other containers' shells open: they would never end.
shell_fds=
without_shells() {
    local fd
    for fd in $shell_fds; do exec {fd}>&-; done
    exec "$@"
}

# shown CMD...: the command as a person would type it.
shown() {
    local text= word
    for word in "$@"; do
        [ "$word" = "$MYDOCKER" ] && word=mydocker
        case $word in *[!A-Za-z0-9_./:=,@%+-]*|'') word="'$word'" ;; esac
        text="$text${text:+ }$word"
    done
    echo "# $text"
}

# start NAME ARG...: `mydocker run --name NAME ARG...` in the background. Output in $DEMO_RUN/NAME.out, id in NAME.id,
# exit code by `finish NAME`.
start() {
    local name=$1
    shift
    rm -f "$DEMO_RUN/$name".{out,id,pid}
    say "$(shown mydocker run --rm --name "$name" "$@") &"
    without_shells "$MYDOCKER" run --rm --name "$name" --cidfile "$DEMO_RUN/$name.id" "$@" >"$DEMO_RUN/$name.out" 2>&1 </dev/null &
    echo $! >"$DEMO_RUN/$name.pid"
}

# finish NAME: waits for its end; status: the exit code of mydocker run. Only from the shell that started it.
finish() {
    local status=0
    wait "$(cat "$DEMO_RUN/$1.pid")" || status=$?
    rm -f "$DEMO_RUN/$1.pid"
    return "$status"
}

# open_shell NAME ARG...: a container with a shell that reads commands from a pipe, as a person would type them.
open_shell() {
    local name=$1
    shift
    rm -f "$DEMO_RUN/$name".{in,out,id,pid}
    mkfifo "$DEMO_RUN/$name.in"
    say "$(shown mydocker run --rm -i --name "$name" "$@" /bin/sh) &"
    without_shells "$MYDOCKER" run --rm -i --name "$name" --cidfile "$DEMO_RUN/$name.id" "$@" /bin/sh <"$DEMO_RUN/$name.in" >"$DEMO_RUN/$name.out" 2>&1 &
    echo $! >"$DEMO_RUN/$name.pid"
    # Kept open until close_shell; the shell in the container ends at the end of file.
    exec {shell_fd}>"$DEMO_RUN/$name.in"
    eval "shell_of_${name//[^a-z0-9]/_}=$shell_fd"
    shell_fds="$shell_fds $shell_fd"
    in_shell "$name" true >"$DEMO_RUN/shown" || { say_file "$DEMO_RUN/$name.out"; return 1; }
}

# answered NAME MARKER: the shell has come to the marker, or is gone.
answered() { grep -q "^$2 " "$DEMO_RUN/$1.out" || ! kill -0 "$(cat "$DEMO_RUN/$1.pid")"; }

# in_shell NAME COMMAND: types a command into it, prints what it wrote; status: the command's.
in_shell() {
    local name=$1 command=$2 fd_name marker out line
    fd_name=shell_of_${name//[^a-z0-9]/_}
    marker="done-$RANDOM$RANDOM"
    out=$DEMO_RUN/$name.out
    [ -n "${!fd_name-}" ] || return 125
    local before
    before=$(wc -l <"$out")
    printf '%s\necho %s $?\n' "$command" "$marker" 2>/dev/null >&"${!fd_name}" || true
    if ! wait_until 30 answered "$name" "$marker" || ! grep -q "^$marker " "$out"; then
        tail -n +"$((before + 1))" "$out"
        return 125
    fi
    tail -n +"$((before + 1))" "$out" | grep -v "^$marker "
    line=$(grep "^$marker " "$out")
    return "${line##* }"
}

# show_in_shell NAME COMMAND: the same, shown with a prompt.
show_in_shell() {
    local status=0
    say "[$1] # $2"
    in_shell "$1" "$2" >"$DEMO_RUN/shown" || status=$?
    say_file "$DEMO_RUN/shown"
    return "$status"
}

close_shell() {
    local fd_name=shell_of_${1//[^a-z0-9]/_}
    local fd=${!fd_name-}
    [ -n "$fd" ] || return 125
    exec {fd}>&-
    shell_fds=${shell_fds/ $fd/}
    unset "$fd_name"
    finish "$1"
}

# show COMMAND...: runs a command of the host, shown with a prompt; status: the command's.
show() {
    local status=0
    say "$(shown "$@")"
    "$@" >"$DEMO_RUN/shown" 2>&1 || status=$?
    say_file "$DEMO_RUN/shown"
    return "$status"
}

# ---- what the host sees of a container ----------------------------------------------------------------------------------

id_of() { cat "$DEMO_RUN/$1.id"; }

# cgroup_of NAME FILE: the cgroup directory of a container in which FILE exists, e.g. memory.usage_in_bytes.
cgroup_of() {
    local id directory
    [ -s "$DEMO_RUN/$1.id" ] || return 1
    id=$(id_of "$1")
    directory=$(find /sys/fs/cgroup -type d -name "*$id*" -exec test -e "{}/$2" \; -print -quit 2>/dev/null)
    [ -n "$directory" ] && echo "$directory"
}

# pid_of NAME: the container's first process, in the numbers of the host.
pid_of() {
    local directory
    directory=$(cgroup_of "$1" cgroup.procs) && sort -n "$directory/cgroup.procs" | head -1 | grep .
}

# elapsed_ms SINCE: since a value of now_us, in ms.
now_us() { echo "${EPOCHREALTIME/[^0-9]/}"; }

# ---- the end ------------------------------------------------------------------------------------------------------------

# Whatever happens: every container of this experiment is killed and removed.
clean_up() {
    local file name
    for file in "$DEMO_RUN"/*.pid; do
        [ -e "$file" ] || continue
        name=$(basename "$file" .pid)
        "$MYDOCKER" kill "$name" >/dev/null 2>&1 || kill "$(cat "$file")" 2>/dev/null
        wait "$(cat "$file")" 2>/dev/null
        rm -f "$file"
    done
    [ -z "${own_bridge-}" ] || ip link delete "$own_bridge" 2>/dev/null
    own_bridge=
}
trap clean_up EXIT
# A shell that could not be started does not read what is typed; that is seen and reported where it is typed.
trap '' PIPE
trap 'exit 130' INT
trap 'exit 143' TERM
