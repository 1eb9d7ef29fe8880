"""Pages of imports, below ``office/imports/``: ``accounts.policy`` says who may open them; here it is narrowed to the own ones."""
