"""Run records: from jobs that have ended to commits that tell how their files were made. Knows git, and no server."""
