-- Attempts in an allocation have ended: core-seconds that were of use.
update allocation set used = used + :used where mark = :mark
