"""The openly invented demo county, made from real names and codes and a fixed seed."""
