"""Activities (*gestiones*): what was done with whom, logged in seconds and never refused for want of anything else."""
