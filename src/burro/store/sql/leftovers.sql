-- Forgotten jobs of which rows are still there.
select job from leftover order by job limit :most
