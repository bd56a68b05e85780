"""Grid Engine's files for the rig (bootstrap(5), host_conf(5), hostgroup(5), sge_pe(5))."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BOOTSTRAP = """\
admin_user              none
default_domain          none
ignore_fqdn             true
spooling_method         berkeleydb
spooling_lib            libspoolb
spooling_params         {root}/spool/db
binary_path             /usr/sbin
qmaster_spool_dir       {root}/spool/qmaster
security_mode           none
listener_threads        2
worker_threads          2
scheduler_threads       1
"""

EXEC_HOST = """\
hostname {host}
load_scaling NONE
complex_values NONE
user_lists NONE
xuser_lists NONE
projects NONE
xprojects NONE
usage_scaling NONE
report_variables NONE
"""

HOST_GROUP = """\
group_name @allhosts
hostlist {host}
"""

PARALLEL = """\
pe_name smp
slots 999
user_lists NONE
xuser_lists NONE
start_proc_args NONE
stop_proc_args NONE
allocation_rule $pe_slots
control_slaves TRUE
job_is_first_task TRUE
urgency_slots min
accounting_summary FALSE
qsort_args NONE
"""


def environment(env: Mapping[str, str], root: Path, port: int, *, path: str) -> dict[str, str]:
    """What its commands and daemons want: nothing of another Grid Engine."""
    kept = {name: value for name, value in env.items() if not name.startswith("SGE_")}
    places = {"SGE_ROOT": str(root), "SGE_CELL": "cell", "SGE_CLUSTER_NAME": f"rig{port}"}
    ports = {"SGE_QMASTER_PORT": str(port), "SGE_EXECD_PORT": str(port + 1)}
    return {**kept, "PATH": path, **places, **ports}


def filled(text: str, values: Mapping[str, object]) -> str:
    """A file of its own with other values."""
    lines = []
    for line in text.replace("\\\n", " ").splitlines():
        name = line.split(" ")[0]
        lines.append(f"{name} {values[name]}" if name in values else line)
    return "\n".join([*lines, ""])
