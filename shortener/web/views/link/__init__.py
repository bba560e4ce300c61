"""The pages of one link, but for its statistics."""
