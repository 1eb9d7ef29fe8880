"""Static files with a hash in their name, so that they can be cached for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class RegistryStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed and compressed files; a reference to a missing source map is left as it is."""

    manifest_strict = True
    # Modules import one another by hashed names, too.
    support_js_module_import_aggregation = True

    # Browser libraries name source maps that they do not ship: those references are not followed.
    patterns = tuple(
        (extension, tuple(p for p in patterns if "sourceMappingURL" not in str(p)))
        for extension, patterns in CompressedManifestStaticFilesStorage.patterns
    )
