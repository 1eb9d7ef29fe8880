"""What waits for a person, and what a person is told: the one place that every other app hands work to.

An app that has work for people says so in its ``apps.ready()``::

    from geo_registry.worklist import registry

    registry.register("name-cases", NameCases())            # what waits for whom: see registry.Provider
    registry.register_text("case-returned", case_returned)   # parameters -> one sentence in the reader's language

and, in the transaction of the event itself, tells whom it concerns::

    notify(code="case-returned", params={"name": name.text}, link=reverse(…), person=case.drafted_by)
"""
