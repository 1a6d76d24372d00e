"""Events: matchmaking rounds, seminars, tastings, stands at fairs; what the ministry holds or takes part in."""
