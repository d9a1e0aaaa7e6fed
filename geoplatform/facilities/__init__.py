"""Critical facilities, which serve vulnerable people: their state, how staff tell it, what still works in a blackout."""
