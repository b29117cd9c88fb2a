package local

import (
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/task-assistant/tasc/internal/githubtest"
)

// apiPath is where the stand-in has its REST API.
const apiPath = "/api/v3"

// ghSocket lets gh reach the stand-in, in whose address it would not believe: it speaks to github.com or to a host with a
// certificate alone, but it takes any way there that its configuration names (cli.github.com/manual/gh_config,
// http_unix_socket). The files returned are to be in the home of every step; stop ends it.
func ghSocket(server *githubtest.Server, dir string) (home map[string]string, stop func() error, err error) {
	to, err := url.Parse(server.URL)
	if err != nil {
		return nil, nil, err
	}
	file := filepath.Join(dir, "gh.sock")
	listener, err := net.Listen("unix", file)
	if err != nil {
		return nil, nil, err
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		if r.Out.URL.Path = r.In.URL.Path; !strings.HasPrefix(r.In.URL.Path, apiPath+"/") { // a link to a next page has it already
			r.Out.URL.Path = apiPath + r.In.URL.Path
		}
		r.Out.URL.RawPath = ""
	}}
	s := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(listener) }() // it ends when it is closed
	stop = func() error {
		if err := s.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
	return map[string]string{".config/gh/config.yml": "http_unix_socket: " + file + "\nprompt: disabled\n"}, stop, nil
}
