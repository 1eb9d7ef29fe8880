"""What is done: looking, checking, saving, deciding, undoing."""
