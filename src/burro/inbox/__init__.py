"""Inboxes: folders that become jobs, and come back when these have ended."""
