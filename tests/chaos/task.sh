#!/bin/sh
# One task of the storm. It tells its own ledger when it starts and ends, and whom of an earlier attempt it met alive;
# it prints which attempt of which task it is.
# Usage: task.sh LEDGERS SECONDS CODE plain|child|daemon|flaky; flaky: the first attempt exits with 7
ledger=$1/$BURRO_JOB_ID.$BURRO_TASK_ID
read -r boot < /proc/sys/kernel/random/boot_id

note() {
    read -r moment _ < /proc/uptime
    printf '%s %s %s %s %s %s %s %s\n' "$1" "$BURRO_JOB_ID" "$BURRO_TASK_ID" "$BURRO_ATTEMPT" "$$" "$boot" "$moment" "$2" >> "$ledger"
}

meet_earlier() {
    for found in $(grep -lsFxz "BURRO_TASK=$BURRO_TASK" /proc/[0-9]*/environ); do
        grep -qsFxz "BURRO_QUEUE=$BURRO_QUEUE" "$found" || continue
        earlier=$BURRO_ATTEMPT
        while [ $((earlier -= 1)) -gt 0 ]; do
            ! grep -qsFxz "BURRO_ATTEMPT=$earlier" "$found" || note O "$earlier"
        done
    done
}

[ "$4" != flaky ] || [ "$BURRO_ATTEMPT" -gt 1 ] || set -- "$1" "$2" 7 "$4"
note S -
echo "$BURRO_JOB_ID.$BURRO_TASK_ID $BURRO_ATTEMPT"
[ "$BURRO_ATTEMPT" -eq 1 ] || meet_earlier
case $4 in
    child) sleep 300 & ;;
    daemon) setsid sleep 300 < /dev/null & ;;
esac
[ "$2" = 0 ] || sleep "$2"
note E "$3"
exit "$3"
