-- Nobody depends on a job any more: it is forgotten.
delete from dependency where parent = :parent
