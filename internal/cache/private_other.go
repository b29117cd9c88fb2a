//go:build !unix

package cache

import "io/fs"

// private: elsewhere a user's cache folder lies in a profile that is the user's alone.
func private(fs.FileInfo) bool { return true }
