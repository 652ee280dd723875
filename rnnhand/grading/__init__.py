"""A class's sheets: marked in parallel, weighed by a policy, kept so that a run can be resumed."""
