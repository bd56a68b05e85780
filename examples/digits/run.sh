#!/bin/sh
# Searches the whole grid of tune.py: one job, one task for each configuration.
set -eu
cd "$(dirname "$0")"

last=$(($(python3 tune.py --count) - 1))
job=$(burro submit --parsable -J digits -a "0-$last" -c 1 -t 10 -o results/%A/%a.out -- python3 tune.py results)
echo "Job $job: $((last + 1)) configurations."

# It is 1 where a task did not succeed; the report says which.
burro wait "$job" || true
python3 report.py results "$job"
