package githubtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is what goes back: json, or raw bytes of contentType, or nothing.
type answer struct {
	status      int
	header      map[string]string
	json        any
	raw         []byte
	contentType string
	hangUp      bool
	minted      int  // ID of the token in it
	broken      bool // see Response.Broken
	unjudged    bool // there is a problem already
	uncounted   bool // against the primary limit
}

// object is a JSON object; encoding/json writes its keys sorted.
type object map[string]any

const jsonType = "application/json; charset=utf-8"

func found(body any) answer { return answer{status: http.StatusOK, json: body} }

// refusal is GitHub's error body; the route fills in its documentation_url when doc is empty.
func refusal(status int, message, doc string) answer {
	return answer{status: status, json: object{"message": message, "documentation_url": doc, "status": strconv.Itoa(status)}}
}

// complete adds what every answer of a route has.
func complete(a answer, doc string, need permission) answer {
	if body, isObject := a.json.(object); isObject && a.status >= 400 && body["documentation_url"] == "" {
		body["documentation_url"] = strings.TrimSuffix("https://docs.github.com/rest/"+doc, "/")
	}
	if need.name != "" {
		if a.header == nil {
			a.header = map[string]string{}
		}
		a.header["X-Accepted-GitHub-Permissions"] = need.name + "=" + need.level
	}
	return a
}

// exchange is a recorded request: whose it is and its number.
type exchange struct {
	r    *http.Request
	who  identity
	n    int
	body []byte // of the request
}

func (s *Server) send(w http.ResponseWriter, of exchange, a answer) {
	h := w.Header()
	h.Set("X-GitHub-Request-Id", fmt.Sprintf("57A4:D14:%06X", of.n))
	h.Set("X-GitHub-Media-Type", "github.v3; format=json")
	s.countRequest(h, of, a)
	body := a.raw
	if a.json != nil {
		body, a.contentType = encoded(a.json), jsonType
	}
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
	}
	_, onAPI := s.apiPath(of.r)
	if onAPI && (a.status == http.StatusOK || a.status == http.StatusCreated) { // @octokit/fixtures; anonymous answers were not recorded
		h.Set("Cache-Control", "private, max-age=60, s-maxage=60")
	}
	for name, value := range a.header {
		h.Set(name, value)
	}
	if path, onAPI := s.apiPath(of.r); onAPI && !a.unjudged {
		s.keep(described{
			Method: of.r.Method, Path: path, Query: of.r.URL.RawQuery, RequestHeader: of.r.Header, RequestBody: of.body,
			Status: a.status, ResponseHeader: h.Clone(), ResponseBody: body, Broken: a.broken,
		})
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(body); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		return // the client went away
	}
}

// encoded is a body as it is sent. Everything here is made of strings, numbers and their like, which always encode.
func encoded(body any) []byte {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return data
}
