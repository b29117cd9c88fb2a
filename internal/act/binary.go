package act

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Version is the release of act that is patched.
const Version = "v0.2.89"

const module = "github.com/nektos/act"

//go:embed act-v0.2.89.patch
var patch []byte

// goMod and goSum make a module that requires act alone, so that the download is held to these sums, and so that none of
// act's dependencies reach the module of this program.
const (
	goMod = "module build\n\ngo 1.26.0\n\nrequire " + module + " " + Version + "\n"
	goSum = module + " " + Version + " h1:d9oFeJ6jUkaVExuG+XzAaMPDqoDrNHaGeiRb8IU+N5w=\n" +
		module + " " + Version + "/go.mod h1:9djXFAZR+ltqh1k/8I0G2/3ypi2UrcuFlrC25L6WoCA=\n"
)

// ErrNotBuilt says that no act is where Find looks.
var ErrNotBuilt = errors.New("the patched act " + Version + " has not been built on this machine")

// mark is in every binary that has our patch: the variable that shortens minutes.
const mark = "ACT_MINUTE"

// prefix is that of the folders in cache that hold this act, one for each release of Go.
func prefix(cache string) string {
	sum := sha256.Sum256(patch)
	return filepath.Join(cache, "act-"+Version+"-"+hex.EncodeToString(sum[:])[:16]+"-")
}

// Find returns the path of the patched act: named, where that is not empty, or what Build left in the folder cache.
func Find(named, cache string) (string, error) {
	if named != "" {
		data, err := os.ReadFile(named)
		if err != nil {
			return "", err
		}
		if !bytes.Contains(data, []byte(mark)) {
			return "", fmt.Errorf("%s is not the act %s with tasc's patch", named, Version)
		}
		return named, nil
	}
	found, err := filepath.Glob(prefix(cache) + "*/act")
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, ErrNotBuilt)
	}
	slices.Sort(found)
	return found[len(found)-1], nil
}

// Build downloads act's source, patches it and builds it into the folder cache, unless that is done. It needs go and
// git, and where the source is not in Go's module cache the network. What it is at is written to progress. It returns
// the path of act.
func Build(ctx context.Context, cache string, progress io.Writer) (string, error) {
	if runtime.GOOS == "windows" {
		return "", errors.New("act is not built on Windows: its patch is for Linux and macOS")
	}
	b := builder{ctx: ctx, progress: progress}
	version, err := b.run("", "go", "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	dir := prefix(cache) + strings.TrimSpace(string(version))
	out := filepath.Join(dir, "act")
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "build.")
	if err != nil {
		return "", err
	}
	built, err := b.build(work)
	if err == nil {
		err = os.Rename(built, out) // at once: another build may be running
	}
	return out, errors.Join(err, os.RemoveAll(work))
}

type builder struct {
	ctx      context.Context
	progress io.Writer
}

// build makes act in the folder work and returns its path.
func (b builder) build(work string) (string, error) {
	fmt.Fprintf(b.progress, "downloading %s %s\n", module, Version)
	source, err := b.download(work)
	if err != nil {
		return "", err
	}
	copied := filepath.Join(work, "act")
	if err := os.CopyFS(copied, os.DirFS(source)); err != nil {
		return "", err
	}
	file := filepath.Join(work, "patch")
	if err := os.WriteFile(file, patch, 0o600); err != nil {
		return "", err
	}
	if _, err := b.run(copied, "git", "apply", file); err != nil {
		return "", err
	}
	fmt.Fprintln(b.progress, "building it, which takes a minute the first time")
	built := filepath.Join(work, "built")
	_, err = b.run(copied, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", built, ".")
	return built, err
}

// download returns the folder of act's source in the module cache.
func (b builder) download(work string) (string, error) {
	for name, text := range map[string]string{"go.mod": goMod, "go.sum": goSum} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	// Without a version in the argument, the download is checked against go.sum.
	out, err := b.run(work, "go", "mod", "download", "-json", module)
	var found struct{ Dir, Error string }
	if decodeErr := json.Unmarshal(out, &found); decodeErr == nil && found.Error != "" {
		err = errors.New(found.Error)
	}
	if err != nil {
		return "", fmt.Errorf("cannot download %s %s: %w", module, Version, err)
	}
	return found.Dir, nil
}

// run runs a command in a folder and returns its output; the error holds what it said on standard error.
func (b builder) run(dir, name string, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(b.ctx, name, args...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	if dir != "" { // the ceiling keeps git from taking the copy for a part of a repository around it
		cmd.Env = append(cmd.Env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	}
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return out, err
}
