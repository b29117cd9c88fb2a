//go:build !linux && !darwin

package main

import "os"

// terminalWidth tells whether a stream leads to a terminal; how wide it is cannot be asked here.
func terminalWidth(stream *os.File) (columns int, ok bool) {
	info, err := stream.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}
