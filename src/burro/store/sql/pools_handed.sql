-- The pools of which a scheduler has or may have attempts.
select distinct pool from handed where stage <> 'ended'
