"""Files that leave the registry: frames and texts in, a document out. No Django, no database."""
