"""Facts that others may listen to: sent after the commit, answers ignored."""

from blinker import Namespace

_facts = Namespace()

roster_confirmed = _facts.signal("roster-confirmed", doc="Teams of a commune now stand. import_id, commune_code.")
lesson_passed = _facts.signal(
    "lesson-passed", doc="A lesson was passed, by its test or in a class. person_id, course, lesson."
)
skill_completed = _facts.signal("skill-completed", doc="A skill was completed. person_id, skill, version_id.")
programme_completed = _facts.signal(
    "programme-completed", doc="A programme was completed. person_id, programme, programme_id."
)
seat_offered = _facts.signal("seat-offered", doc="A person was offered a seat. seat_id, person_id.")
result_corrected = _facts.signal(
    "result-corrected", doc="A fixed result of a class was corrected. seat_id, person_id, was, became."
)
certificate_published = _facts.signal("certificate-published", doc="A certificate can be downloaded. certificate_id.")
certificate_revoked = _facts.signal(
    "certificate-revoked", doc="A certificate was revoked by a decision. certificate_id."
)
