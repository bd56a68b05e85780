-- The output of an attempt has another name than its pattern gives.
update attempt set out = iif(:which = 'out', :name, out), err = iif(:which = 'err', :name, err)
where job = :job and idx = :idx and token = :token
