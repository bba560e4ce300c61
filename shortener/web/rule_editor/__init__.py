"""Rules as people edit them: a draft in a form, which may be wrong, and words for what a rule says."""
