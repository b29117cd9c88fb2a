//go:build unix

package cache

import (
	"io/fs"
	"os"
	"syscall"
)

// private tells whether a file or folder is the user's, and nobody else may write to it.
func private(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid() && info.Mode()&0o022 == 0
}
