package githubtest

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/rand"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest/bare"
)

// downloads is where archives are served, as on GitHub Enterprise Server; github.com has a host of its own for it.
const downloads = "/_codeload/"

// getTarball answers with the address of an archive of a branch or tag, the default branch if none is named, good for one download.
func getTarball(c *call) answer {
	commit, no := c.commitAt(c.params["ref"])
	if no != nil || commit.ID == "" {
		return refusal(http.StatusNotFound, "Not Found", "")
	}
	data, err := c.repo.archive(commit)
	if err != nil {
		return c.broken(err)
	}
	secret := rand.Text()
	c.s.mu.Lock()
	c.s.archives[secret] = data
	c.s.mu.Unlock()
	to := c.s.URL + downloads + c.repo.fullName() + "/legacy.tar.gz/refs/heads/" + cmp.Or(c.params["ref"], c.repo.DefaultBranch) + "?token=" + secret
	header := map[string]string{"Location": to, "Cache-Control": "public, must-revalidate, max-age=0"}
	return answer{status: http.StatusFound, header: header, contentType: "text/html;charset=utf-8"}
}

// download serves an archive that getTarball promised.
func (s *Server) download(r *http.Request) (answer, bool) {
	if !strings.HasPrefix(r.URL.Path, downloads) {
		return answer{}, false
	}
	secret := r.URL.Query().Get("token")
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.archives[secret]
	delete(s.archives, secret)
	if !ok {
		return refusal(http.StatusNotFound, "Not Found", ""), true
	}
	return answer{status: http.StatusOK, raw: data, contentType: "application/x-gzip"}, true
}

// archive packs a commit as GitHub does: in one folder that names the repository and the commit.
func (r *repository) archive(commit bare.Commit) ([]byte, error) {
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	if err := r.pack(w, commit.Tree, r.owner+"-"+r.name+"-"+commit.ID[:7]); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := zipped.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (r *repository) pack(w *tar.Writer, tree, folder string) error {
	entries, err := r.git.ReadTree(tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(folder, e.Name)
		if e.Mode == bare.ModeTree {
			if err := r.pack(w, e.ID, name); err != nil {
				return err
			}
			continue
		}
		_, data, err := r.git.ReadObject(e.ID)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644, ModTime: time.Unix(0, 0)}); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return nil
}
