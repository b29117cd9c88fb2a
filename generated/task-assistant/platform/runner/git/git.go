// Package git moves commits and refs between one repository on GitHub and a bare one of its own, by running git.
//
// What goes in are a server, an owner/name and a token; what comes out are ids and bytes. The token reaches git
// in its environment alone, bound to the server: never in an argument, a URL or a file. Nothing of the machine's
// or a user's configuration is read, no hook and no credential helper runs, and no redirect is followed.
// Every method may be interrupted anywhere: what it leaves is a folder that [Repository.Close] removes.
package git

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Remote is a repository on GitHub, and the token that is used there.
type Remote struct {
	// Server is $GITHUB_SERVER_URL, Name owner/name.
	Server, Name, Token string
	// Mask is called with every form in which git is given the token.
	Mask func(secret string)
	// Limit bounds one run of git, 0 means not: where an answer to a push breaks off, git waits for ever.
	Limit time.Duration
}

// Repository is a bare repository beside a remote one. It is not safe for concurrent use.
type Repository struct {
	dir, url string
	env      []string
	limit    time.Duration
}

// Open makes an empty repository below the folder temp.
func Open(ctx context.Context, temp string, remote Remote) (*Repository, error) {
	server, err := url.Parse(strings.TrimSuffix(remote.Server, "/"))
	if err != nil || server.Host == "" {
		return nil, fmt.Errorf("the server %q is not a URL", remote.Server)
	}
	dir, err := os.MkdirTemp(temp, "tasc-git-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder for git: %w", err)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:" + remote.Token))
	remote.Mask(basic)
	r := &Repository{dir: dir, url: server.String() + "/" + remote.Name + ".git", limit: remote.Limit}
	r.env = environment(dir, []setting{
		{"http." + server.String() + "/.extraHeader", "Authorization: Basic " + basic},
		{"http.followRedirects", "false"},
		{"http.lowSpeedLimit", "1"}, // a connection that says nothing for 20 s is given up
		{"http.lowSpeedTime", "20"},
		{"protocol.allow", "never"},
		{"protocol." + server.Scheme + ".allow", "always"},
		{"credential.helper", ""},
		{"core.hooksPath", os.DevNull},
		{"gc.auto", "0"},
		{"core.fsync", "none"}, // nothing here outlives the process
		{"fastimport.unpackLimit", "0"},
		{"remote.origin.url", r.url},
	})
	if _, err := r.run(ctx, nil, "init", "--quiet", "--bare", "--template=", "."); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close removes the repository.
func (r *Repository) Close() error { return os.RemoveAll(r.dir) }

type setting struct{ name, value string }

// environment is all that git is given: what it needs to find itself and the network, and the settings.
func environment(home string, settings []setting) []string {
	env := []string{
		"HOME=" + home, "LC_ALL=C", "GIT_DIR=" + home, "GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_COUNT=" + strconv.Itoa(len(settings)),
	}
	for _, name := range []string{"PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for i, s := range settings {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s.name), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s.value))
	}
	return env
}

// command is one run of git, in the repository.
func (r *Repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.WaitDelay = time.Second // children of git may hold its output open
	return cmd
}

// run runs git and returns what it printed.
func (r *Repository) run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	if r.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.limit)
		defer cancel()
	}
	cmd := r.command(ctx, args...)
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &complaint
	if err := cmd.Run(); err != nil {
		return out.Bytes(), failure(args[0], complaint.String(), errors.Join(ctx.Err(), err))
	}
	return out.Bytes(), nil
}

// failure keeps the last lines of what git complained of, which name the cause. Git prints no header and no
// setting, so no token is in them.
func failure(verb, complaint string, err error) error {
	lines := strings.Split(strings.TrimSpace(complaint), "\n")
	lines = lines[max(0, len(lines)-3):]
	return fmt.Errorf("git %s: %w: %s", verb, err, strings.Join(lines, "; "))
}
