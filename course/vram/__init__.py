"""Memory as a subject: cards and measured peaks. The planner comes with week 3."""
