package githubtest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// serveFaulty serves a request that a fault happens to.
func (s *Server) serveFaulty(w http.ResponseWriter, r *http.Request, body []byte, f Fault) {
	s.last(f, r)
	if made, ok := s.instead(f); ok {
		s.pretend(w, r, body, made)
		if made.hangUp {
			hangUp(w, f.Do == BadTLS)
		}
		return
	}
	good := captured{header: http.Header{}, status: http.StatusOK}
	s.handle(&good, r, body)
	switch f.Do {
	case CutAnswer:
		panic(http.ErrAbortHandler)
	case CutHeaders:
		good.cut(w, 0)
	case CutBody:
		good.cut(w, good.body.Len()/2)
	case CutAfter:
		good.cut(w, good.body.Len())
	case Slow:
		time.Sleep(max(f.Wait, 20*time.Millisecond))
		good.send(w, good.body.Len())
	case Truncated:
		good.send(w, good.body.Len()/2)
	case EmptyAnswer:
		good.send(w, 0)
	case ErrorAfter:
		late := captured{header: http.Header{"Content-Type": {jsonType}}, status: http.StatusInternalServerError}
		late.body.WriteString(`{"message":"Server Error","documentation_url":"https://docs.github.com/rest","status":"500"}`)
		late.send(w, late.body.Len())
	default: // what lasts was done above, and this is GitHub's own answer to it
		good.send(w, good.body.Len())
	}
}

// pretend records a request and answers it with what a fault made up. In git's lane an answer is plain text.
func (s *Server) pretend(w http.ResponseWriter, r *http.Request, body []byte, made answer) {
	who, _ := s.authenticate(r)
	path, onAPI := s.apiPath(r)
	_, onGit := gitService(r)
	made = complete(made, "", permission{})
	request := Request{Method: r.Method, Path: path, Query: r.URL.RawQuery, Body: string(body), Status: made.status, Git: onGit, Agent: r.UserAgent()}
	if object, isObject := made.json.(object); isObject && onGit {
		made.raw, made.json, made.contentType = fmt.Appendln(nil, object["message"]), nil, "text/plain; charset=utf-8"
	}
	if onGit {
		request.Body = ""
	}
	n := s.record(request, who)
	switch {
	case !made.hangUp:
		s.send(w, exchange{r: r, who: who, n: n, body: body}, made)
	case onAPI:
		s.keep(described{Method: r.Method, Path: path, Query: r.URL.RawQuery, RequestHeader: r.Header, RequestBody: body})
	}
}

// hangUp closes the connection, a TLS connection after bytes that are no TLS if it is to break.
func hangUp(w http.ResponseWriter, breaks bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	if secure, ok := conn.(*tls.Conn); ok && breaks {
		io.WriteString(secure.NetConn(), "this is no TLS record\n")
	}
}

// captured keeps an answer instead of sending it.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *captured) Header() http.Header         { return c.header }
func (c *captured) Write(p []byte) (int, error) { return c.body.Write(p) }
func (c *captured) WriteHeader(status int)      { c.status = status }

// send sends a whole answer with the first bytes of the body alone.
func (c *captured) send(w http.ResponseWriter, bytes int) {
	for name, values := range c.header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(c.status)
	w.Write(c.body.Bytes()[:bytes]) // the client may have gone away
}

// cut sends an answer that promises the whole body, and closes the connection after its first bytes.
func (c *captured) cut(w http.ResponseWriter, bytes int) {
	conn, to, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	c.header.Set("Content-Length", strconv.Itoa(c.body.Len()))
	fmt.Fprintf(to, "HTTP/1.1 %d %s\r\n", c.status, http.StatusText(c.status))
	c.header.Write(to)
	to.WriteString("\r\n")
	to.Write(c.body.Bytes()[:bytes])
	to.Flush() // the client may have gone away
}
