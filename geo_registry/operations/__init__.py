"""How the site runs, for the administrator: looked at where it is, kept nowhere."""
