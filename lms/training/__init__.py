"""Calls, needs, classes, seats and attendance: the queue from need to class."""
