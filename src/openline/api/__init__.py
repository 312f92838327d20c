"""Who asks: the console's JSON API and the metrics. Every error is an OpenlineError, told as JSON."""
