"""Acknowledgements: who has read a version that changes what people do, and who has not."""
