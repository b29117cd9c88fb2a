// Package version says which tasc this is.
package version

// Tasc is the release that these sources are or lead to. It is a constant, not
// build information, so that the same sources generate the same bytes wherever
// and however they were built.
const Tasc = "v0.1.0"
