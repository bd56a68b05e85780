-- Settings by their names: from the first up to, but without, the last.
select name, value from setting where name >= :first and name < :last order by name
