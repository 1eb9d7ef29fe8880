"""What the office is held to, and how far the register says it has come."""
