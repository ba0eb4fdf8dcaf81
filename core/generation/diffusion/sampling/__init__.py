"""The painting of a batch: what each starts from, noise taken away, guidance, early verdicts."""
