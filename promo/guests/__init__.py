"""External auditors as guests: invited by quality, for named samples, from one day to another."""
