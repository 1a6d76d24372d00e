"""What every feature stands on. Knows neither a request nor a feature."""
