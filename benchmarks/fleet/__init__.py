"""Several machines that share one table: what each of them does, the services they use, and what it costs."""
