"""Floor 2: the store. SQLite through apsw, one owner; nothing else speaks SQL."""
