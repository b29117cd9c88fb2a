// Package e2e runs workflows for real, in tests: package act executes them against the stand-in GitHub of package
// githubtest, and the test looks at what was done.
package e2e
