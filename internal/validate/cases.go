package validate

import "embed"

// Cases holds testdata/<rule-id>.txtar, the examples that the tests of the rules
// run, and the set that they edit, base.txtar. Package explain shows them.
//
//go:embed testdata/*.txtar
var Cases embed.FS
