"""What authors need: from the source of a lesson to a notebook that is committed."""
