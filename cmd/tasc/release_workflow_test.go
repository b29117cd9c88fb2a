package main

import (
	"encoding/base64"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestReleaseWorkflow runs the scripts of tasc-release.yml as a job would, against a git server on loopback that wants
// the token. The download is left out: the tasc is this one.
func TestReleaseWorkflow(t *testing.T) {
	tests := []struct {
		name, ref, version string
		// moved is set where somebody pushes to the branch before the release does.
		moved bool
		// failed is the step that fails, output part of what it says; "" where the release is made.
		failed, output string
	}{
		{"a release", "refs/heads/main", "v1.5.0", false, "", ""},
		{"another branch", "refs/heads/topic", "v1.5.0", false, "Refuse any branch but the default one", "::error title=release-branch::"},
		{"a tag", "refs/tags/main", "v1.5.0", false, "Refuse any branch but the default one", "::error title=release-branch::"},
		{"a version that moves", "refs/heads/main", "v1", false, "Tag and commit the release", "one version is expected, such as v1.4.0"},
		{"a version that is a flag", "refs/heads/main", "--help", false, "Tag and commit the release", "one version is expected, such as v1.4.0"},
		{"a version that is a command", "refs/heads/main", "v1.5.0; touch owned", false, "Tag and commit the release", "one version is expected, such as v1.4.0"},
		{"the branch has moved", "refs/heads/main", "v1.5.0", true, "Push both at once", "[rejected]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newReleaseMachine(t)
			m.values["${{ github.ref }}"], m.values["${{ inputs.version }}"] = tt.ref, tt.version
			if tt.moved {
				m.git(m.project, "commit", "--quiet", "--allow-empty", "--message", "moved")
				m.git(m.project, "push", "--quiet", m.remote, "main")
			}
			before := m.git(m.remote, "show-ref")
			failed, output := m.run()
			if failed != tt.failed || !strings.Contains(output, tt.output) {
				t.Fatalf("step %q failed, expected %q; output:\n%s", failed, tt.failed, output)
			}
			if after := m.git(m.remote, "show-ref"); (after == before) != (tt.failed != "") {
				t.Errorf("the server's refs were\n%s\nand are\n%s", before, after)
			}
			if tt.failed == "" {
				m.released(tt.version)
			}
			m.keepsToken(output)
		})
	}
}

const jobToken = "ghs_0123456789abcdef"

// releaseMachine is the machine of a job, and the server that it fetched its work tree from.
type releaseMachine struct {
	*testing.T
	// project is where people work, work what the job checked out, remote the server's bare repository.
	project, work, remote, temp string
	values                      map[string]string // of expressions
	env                         []string
}

func newReleaseMachine(t *testing.T) *releaseMachine {
	root := t.TempDir()
	m := &releaseMachine{T: t, project: filepath.Join(root, "project"), work: filepath.Join(root, "work"), temp: t.TempDir()}
	m.remote = filepath.Join(root, "server", "acme", "demo.git")
	home := t.TempDir()
	m.env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	m.commitProject()
	m.git(root, "clone", "--quiet", "--bare", "file://"+m.project, m.remote)
	m.git(m.remote, "config", "http.receivepack", "true")
	head := m.git(m.remote, "rev-parse", "HEAD")
	m.git(root, "init", "--quiet", "--initial-branch", "any", m.work)
	m.git(m.work, "fetch", "--quiet", "--depth", "1", "file://"+m.remote, head)
	m.git(m.work, "checkout", "--quiet", "--detach", head)
	tasc, err := exec.LookPath("tasc")
	m.check(err)
	m.check(os.Symlink(tasc, filepath.Join(m.temp, "tasc")))
	server := httptest.NewServer(m.gitServer(filepath.Join(root, "server")))
	t.Cleanup(server.Close)
	m.env = append(m.env, "RUNNER_TEMP="+m.temp, "GITHUB_SERVER_URL="+server.URL, "GITHUB_REPOSITORY=acme/demo")
	m.values = map[string]string{"${{ github.event.repository.default_branch }}": "main", "${{ github.token }}": jobToken}
	return m
}

// commitProject makes a platform at the top of its repository, whose lock holds a compiler.
func (m *releaseMachine) commitProject() {
	m.check(os.CopyFS(m.project, os.DirFS("testdata/base")))
	for _, e := range [][3]string{
		{"platform.cue", `visibility:     "public"`, `visibility: "public", outputs: platform: "."`},
		{"tasc.lock", `"version": 1,`, `"version": 1, "compiler": {"version": "v0.1.0", "linux/amd64": "sha256:` + strings.Repeat("ab", 32) + `"},`},
	} {
		name := filepath.Join(m.project, "engines", e[0])
		data, err := os.ReadFile(name)
		m.check(err)
		m.check(os.WriteFile(name, []byte(strings.Replace(string(data), e[1], e[2], 1)), 0o644))
	}
	cmd := exec.Command("tasc", "-C", m.project, "generate")
	cmd.Env = m.env
	if out, err := cmd.CombinedOutput(); err != nil {
		m.Fatalf("%v: %s", err, out)
	}
	m.env = append(m.env, "GIT_AUTHOR_NAME=Demo", "GIT_AUTHOR_EMAIL=demo@acme.example", "GIT_COMMITTER_NAME=Demo", "GIT_COMMITTER_EMAIL=demo@acme.example")
	m.git(m.project, "init", "--quiet", "--initial-branch", "main")
	m.git(m.project, "add", "--all")
	m.git(m.project, "commit", "--quiet", "--message", "first")
}

// gitServer serves the repositories below root to whoever has the job's token.
func (m *releaseMachine) gitServer(root string) http.Handler {
	backend := cgi.Handler{Path: filepath.Join(m.git(".", "--exec-path"), "git-http-backend"), Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=app"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "x-access-token" || password != jobToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	})
}

// run runs the job's scripts in order and returns the name of the one that failed, with what all of them print.
func (m *releaseMachine) run() (failed, output string) {
	data, err := os.ReadFile(filepath.Join(m.work, ".github/workflows/tasc-release.yml"))
	m.check(err)
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Name, Run string
				Env       map[string]string
			}
		}
	}
	m.check(yaml.Unmarshal(data, &workflow))
	for _, step := range workflow.Jobs["release"].Steps {
		if step.Run == "" || strings.HasPrefix(step.Name, "Download") {
			continue
		}
		cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.Run)
		cmd.Dir, cmd.Env = m.work, m.env
		for name, value := range step.Env {
			if known, ok := m.values[value]; ok {
				value = known
			}
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		if output += string(out); err != nil {
			return step.Name, output
		}
	}
	return "", output
}

// released: the server's branch is one commit behind the tag, and that commit is a workflow's.
func (m *releaseMachine) released(version string) {
	if tagged, parent := m.git(m.remote, "rev-parse", version+"^{commit}"), m.git(m.remote, "rev-parse", "main~1"); tagged != parent {
		m.Errorf("the tag is at %s, expected %s", tagged, parent)
	}
	if got := m.git(m.remote, "log", "-1", "--format=%an, %cn: %s", "main"); got != "github-actions[bot], github-actions[bot]: release: Demo "+version {
		m.Errorf("the commit is %s", got)
	}
}

// keepsToken: neither what is printed, but for the command that masks it, nor what git keeps holds the token.
func (m *releaseMachine) keepsToken(output string) {
	config, err := os.ReadFile(filepath.Join(m.work, ".git", "config"))
	m.check(err)
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:" + jobToken))
	rest := strings.Replace(output, "::add-mask::"+basic+"\n", "", 1) + string(config)
	if strings.Contains(rest, jobToken) || strings.Contains(rest, basic) {
		m.Errorf("the token is in\n%s", rest)
	}
}

// git runs git in a folder and returns what it prints.
func (m *releaseMachine) git(dir string, args ...string) string {
	m.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, m.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (m *releaseMachine) check(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}
