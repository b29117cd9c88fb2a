package explain

// Scores are those that are written down.
var Scores = scores
