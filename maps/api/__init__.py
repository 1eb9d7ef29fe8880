"""What is public, for machines: OGC API - Features, with an OpenAPI document, over the same querysets as the pages."""
