-- What a worker must know of a job from now on.
update spec set spec = :spec where job = :id
