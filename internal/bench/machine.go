package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// machine says on what and beside what was measured.
func machine(dir string) string {
	return fmt.Sprintf("%d processors, %s/%s, %s, files on %s. At the beginning: %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), fileSystem(dir), busy())
}

// busy is how busy the machine is.
func busy() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "load unknown"
	}
	return "load " + strings.Join(strings.Fields(string(data))[:3], " ")
}

// fileSystem returns the type of the file system that holds a folder, as the kernel's list of mounts has it.
func fileSystem(dir string) string {
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return "an unknown file system"
	}
	return mountOf(filepath.Clean(dir), string(mounts))
}

func mountOf(dir, mounts string) string {
	best, kind := "", "an unknown file system"
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) > 2 && len(f[1]) >= len(best) && strings.HasPrefix(dir+"/", strings.TrimSuffix(f[1], "/")+"/") {
			best, kind = f[1], f[2]
		}
	}
	return kind
}
