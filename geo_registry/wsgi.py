"""WSGI entry point. It refuses to serve where something would go wrong in silence."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_registry.settings.production")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"Geo Registry does not start: {error}")

from geo_registry.checks import refuse_if_unfit

refuse_if_unfit()
