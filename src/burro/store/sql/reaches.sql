-- Whether a job depends, directly or not, on another.
with recursive above (id) as (
    select parent from dependency where child = :child
    union
    select parent from dependency join above on child = above.id
)
select count(*) from above where id = :parent
