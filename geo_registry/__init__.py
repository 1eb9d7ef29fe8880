"""The site, and the ground that the apps stand on."""

import os

# GDAL's VRT driver opens other files on a file's command, whatever its name. It must not even be registered, and that
# is decided when pyogrio is first imported, which geopandas does as well: so here, before anything else.
os.environ.setdefault("GDAL_SKIP", "OGR_VRT")
