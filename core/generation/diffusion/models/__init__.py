"""The user's models: finding, licences, memory planning, loading."""
