"""地名故事: written, reviewed by somebody else, published; read one by one, on a name's page, and along a map."""
