-- Workers that cannot live any more, for their allocation is gone.
select worker.id, worker.name, allocation.id as allocation, allocation.why
  from allocation join worker on worker.allocation = allocation.mark
 where allocation.dead and worker.state <> 'gone'
