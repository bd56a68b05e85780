-- How much is left to do, by state.
select sum(held), sum(waiting), sum(ready), sum(claimed), sum(running) from job where ended is null
