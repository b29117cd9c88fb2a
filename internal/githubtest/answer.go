package githubtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what goes back: json, or raw bytes of contentType, or nothing.
type answer struct {
	status      int
	header      map[string]string
	json        any
	raw         []byte
	contentType string
	hangUp      bool
	minted      int // ID of the token in it
	broken      bool // see Response.Broken
	unjudged    bool // there is a problem already
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
	s.countRequest(h, of)
	body := a.raw
	if a.json != nil {
		encoded, err := json.Marshal(a.json)
		if err != nil {
			s.problem("%s %s: answer: %v", of.r.Method, of.r.URL.Path, err)
		}
		body, a.contentType = encoded, jsonType
	}
	if a.contentType != "" {
		h.Set("Content-Type", a.contentType)
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

// countRequest sets the x-ratelimit headers: one bucket per App, installation, named token, or nobody.
func (s *Server) countRequest(h http.Header, of exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bucket := of.who.bucket()
	if !strings.HasSuffix(of.r.URL.Path, "/rate_limit") {
		s.used[bucket]++
	}
	for name, value := range s.rate(bucket) {
		h.Set("X-RateLimit-"+name, strconv.FormatInt(value, 10))
	}
	h.Set("X-RateLimit-Resource", "core")
}

// rate is the state of a bucket; it starts anew every full hour in its reset time only. The caller holds s.mu.
func (s *Server) rate(bucket string) map[string]int64 {
	limit := int64(5000)
	if bucket == "anonymous" {
		limit = 60
	}
	used := int64(s.used[bucket])
	reset := s.config.Now().Truncate(time.Hour).Add(time.Hour).Unix()
	return map[string]int64{"limit": limit, "used": used, "remaining": max(0, limit-used), "reset": reset}
}

func (id identity) bucket() string {
	switch {
	case id.app != nil:
		return "app " + id.app.Slug
	case id.token == nil:
		return "anonymous"
	case id.token.installation != nil:
		return fmt.Sprintf("installation %d", id.token.installation.ID)
	}
	return "token " + id.token.Name
}

func rateLimit(c *call) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	core := c.s.rate(c.who.bucket())
	return found(object{"resources": object{"core": core, "search": core}, "rate": core})
}
