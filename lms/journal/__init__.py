"""The append-only record of who did what, notices that wait to be sent, jobs that wait to be done."""
