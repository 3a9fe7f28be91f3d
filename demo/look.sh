# Looks around: run by a shell on the host and in a container, prints one "what<TAB>value" per line. Only the shell, cat and
# readlink are used where it can be helped, so that it runs in any image.
tab=$(printf '\t')
field() { printf '%s%s%s\n' "$1" "$tab" "$2"; }
field distribution "$(. /etc/os-release; echo "$PRETTY_NAME")"
field "kernel" "$(cat /proc/sys/kernel/osrelease)"
field hostname "$(cat /proc/sys/kernel/hostname)"
field "process 1" "$(cat /proc/1/comm)"
n=0; for p in /proc/[0-9]*; do n=$((n + 1)); done
field processes "$n"
field "user" "$(id -un 2>/dev/null) ($(id -u 2>/dev/null))"
n=0; while read -r line; do n=$((n + 1)); done </etc/passwd
field "users known" "$n"
while read -r inside outside length; do field "ids inside, outside, number" "$inside $outside $length"; break; done </proc/self/uid_map
n=0; while read -r line; do n=$((n + 1)); done </proc/self/mounts
field mounts "$n"
while read -r what where type rest; do [ "$where" = / ] && field "root mounted from" "$type"; done </proc/self/mounts
names=; while IFS=: read -r name rest; do case $name in *face*|*Inter*) ;; *) names="$names${names:+ }$(echo $name)" ;; esac; done </proc/net/dev
field interfaces "$names"
for ns in pid mnt uts ipc net cgroup user; do field "namespace $ns" "$(readlink /proc/self/ns/$ns)"; done
