"""Courses as published versions, the skills and frameworks, and what trainers upload."""
