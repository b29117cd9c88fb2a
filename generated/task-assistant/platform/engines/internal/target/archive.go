package target

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxArchive bounds what is unpacked of one archive, in bytes.
const maxArchive = 2 << 30

// Walk calls visit with every file below prefix on the default branch, in the archive's order, from one download.
// A file that is larger than maxFile bytes is an error, as is whatever visit returns. An empty repository has no files.
func (r *Repository) Walk(ctx context.Context, prefix string, maxFile int64, visit func(path string, data []byte) error) error {
	resp, err := r.archive(ctx)
	if errors.Is(err, ErrNotFound) {
		return r.emptyOr(ctx, err)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	unzipped, err := gzip.NewReader(resp.Body)
	if err != nil {
		return fmt.Errorf("the archive of %s is damaged: %w", r.Name, err)
	}
	bounded := &io.LimitedReader{R: unzipped, N: maxArchive}
	for files := tar.NewReader(bounded); ; {
		header, err := files.Next()
		switch {
		case err == io.EOF:
			return nil
		case bounded.N == 0:
			return fmt.Errorf("the archive of %s is larger than %d bytes", r.Name, maxArchive)
		case err != nil:
			return fmt.Errorf("the archive of %s is damaged: %w", r.Name, err)
		}
		// GitHub puts all into one folder that names the commit.
		_, path, _ := strings.Cut(header.Name, "/")
		if header.Typeflag != tar.TypeReg || !strings.HasPrefix(path, prefix) {
			continue
		}
		if header.Size > maxFile {
			return fmt.Errorf("%s has %d bytes; expected at most %d", path, header.Size, maxFile)
		}
		data, err := io.ReadAll(files)
		if err != nil {
			return fmt.Errorf("the archive of %s is damaged: %w", r.Name, err)
		}
		if err := visit(path, data); err != nil {
			return err
		}
	}
}

// archive asks for the default branch as a tar file. GitHub answers with a redirect to another host, which gets no token from us.
func (r *Repository) archive(ctx context.Context) (*http.Response, error) {
	req, err := r.request(ctx, http.MethodGet, "/tarball", nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: r.HTTP.Transport, Timeout: 5 * time.Minute}
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutAddress(err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return resp, nil
	case http.StatusNotFound:
		err = ErrNotFound
	default:
		err = fmt.Errorf("cannot download %s: GitHub answered %s", r.Name, resp.Status)
	}
	resp.Body.Close()
	return nil, err
}

// emptyOr returns nil if the repository can be read and has no commit yet: GitHub has no archive of it then.
func (r *Repository) emptyOr(ctx context.Context, otherwise error) error {
	var commit struct{}
	err := r.get(ctx, "/commits/HEAD", &commit)
	var status *statusError
	if errors.As(err, &status) && status.code == http.StatusConflict {
		return nil
	}
	return fmt.Errorf("cannot download %s: %w", r.Name, otherwise)
}
