"""The stand-alone app: configuration from the environment, then the school.

LMS_SECRET_KEY=… flask --app wsgi lms init
LMS_SECRET_KEY=… granian --interface wsgi wsgi:app
"""

from flask import Flask

from lms import LMS
from lms.settings import from_environment

app = Flask("bdhvs", static_folder=None)
app.config.from_mapping(from_environment())
LMS(app)
