-- Whether a task has output that is still to come home: where it lies.
select token, which, path from far_output where job = :job and idx = :idx
