"""The confirmation round: opened by itself, confirmed by the clerks, approved by exception by the county.

``settings``    what the office has agreed on, from reference values
``facts``       what is asked of a facility, and what holds now
``checking``    whether an answer can be
``exceptions``  which answers are unusual, and so wait for approval (pure)
``opening``     rounds open, facilities join and leave them, people are told
``confirming``  an answer is taken in, approved, returned
``queue``       one facility at a time; who has which open
``progress``    how far each township is; who is overdue
``work``        what all that is as somebody's work
"""
