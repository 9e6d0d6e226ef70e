"""Reasons: the question that a compute's state raises, answered by checks, as pure rules over what was read of it."""
