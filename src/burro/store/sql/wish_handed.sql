-- An attempt is to be stopped, and why; the first reason stays.
update handed set wish = coalesce(wish, ?) where job = ? and idx = ? and token = ?
