package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// checkoutSHA is the commit by which the workflows of testdata name actions/checkout.
const checkoutSHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"

// A scene is a stand-in GitHub with the repositories of testdata.
type scene struct {
	url      string
	host     string // working copy
	hostSHA  string
	platform string // commit
	token    string // GITHUB_TOKEN of the host, which is private
}

func newScene(t *testing.T) scene {
	t.Helper()
	server := githubtest.New(t)
	server.AddRepository("acme/platform", githubtest.Repository{})
	server.AddRepository("acme/host", githubtest.Repository{Private: true})
	s := scene{url: server.URL, host: filepath.Join(t.TempDir(), "host")}
	s.platform = server.Commit("acme/platform", "main", "platform", files(t, "testdata/platform", "")...)
	s.hostSHA = server.Commit("acme/host", "main", "host", files(t, "testdata/host", s.platform)...)
	s.token = server.AddToken("GITHUB_TOKEN", "acme/host", map[string]string{"contents": "read", "metadata": "read"})
	run(t, "git", "clone", "-q", server.GitDir("acme/host"), s.host)
	return s
}

// files returns the files below a folder, with commits in place of the names that stand for them.
func files(t *testing.T, dir, platform string) []githubtest.File {
	t.Helper()
	contents := map[string]string{}
	names := strings.NewReplacer("CHECKOUT_SHA", checkoutSHA, "PLATFORM_SHA", platform)
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		contents[path] = names.Replace(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return githubtest.Files(contents)
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
